/** What the tokens about products beside the first one stand for: those metered by MeterUsage, and the one sold by contract. */
import type { Bindings } from './bindings.ts'

type Products = Pick<Bindings, 'containerProduct' | 'oneResourceProduct' | 'contractProduct'>

export function containerMember(
  { containerProduct }: Products,
  member: string | undefined,
): string | number | undefined {
  const versions = containerProduct?.publicKeys?.map(({ version }) => version)
  switch (member) {
    case undefined:
      return containerProduct?.code
    case 'dimension':
      return containerProduct?.dimensions[0]
    case 'licenseArn':
      return containerProduct?.licenseArn
    case 'version':
      return versions?.at(-1)
    case 'oldVersion':
      return versions?.[0]
    case 'unknownVersion':
      return versions && Math.max(...versions) + 1
    default:
      throw new Error(`A container product has no member ${member}.`)
  }
}

export function oneResourceMember(
  { oneResourceProduct }: Products,
  member: string | undefined,
): string | undefined {
  return member === undefined ? oneResourceProduct?.code : oneResourceProduct?.dimensions[0]
}

export function contractMember(
  { contractProduct }: Products,
  [role, member]: readonly string[],
): string | undefined {
  switch (role) {
    case undefined:
      return contractProduct?.code
    case 'first':
    case 'second':
      if (member === 'dimension') return contractProduct?.[role].entitlements[0]?.dimension
      return buyerMember(contractProduct?.[role], member)
    case 'ended':
      return buyerMember(contractProduct?.ended, member)
    default:
      throw new Error(`A contract product has no buyer ${role}.`)
  }
}

interface ContractBuyer {
  readonly account: string
  readonly customerIdentifier?: string
  readonly licenseArn?: string
}

function buyerMember(
  buyer: ContractBuyer | undefined,
  member: string | undefined,
): string | undefined {
  if (member !== 'account' && member !== 'customerIdentifier' && member !== 'licenseArn') {
    throw new Error(`A buyer has no member ${String(member)}.`)
  }
  return buyer?.[member]
}
