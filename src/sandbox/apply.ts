/**
 * Changes of the catalog in the middle of a test, judged by the rules that every change is judged by.
 *
 * Checked by apply.test.ts
 */
import { randomBytes } from 'node:crypto'
import type { AgreementId, LicenseArn } from '../core/usage.ts'
import { registrationView } from '../server/admin/views.ts'
import { newRegistration } from '../server/new-registration.ts'
import type { SandboxBuyer, SandboxProduct } from './facts.ts'
import { applySeed } from './plant.ts'
import { SandboxRefused } from './refused.ts'
import { type Seed, SeedRefused, withLicense } from './seed.ts'
import type { SandboxToken } from './shapes.ts'
import type { Workspace } from './workspace.ts'

export const SEED_PART_MEMBERS = [
  'sellers',
  'products',
  'buyers',
  'agreements',
  'accessKeys',
  'temporaryKeys',
  'version',
  '$schema',
] as const satisfies readonly (keyof Seed)[]

/** What of a seed can come later, with what a file says of its form. Times are relative to the workspace's now. */
export type SeedPart = Pick<Partial<Seed>, (typeof SEED_PART_MEMBERS)[number]>

/** What it names is added or changed; all else stays. @throws SeedRefused */
export async function applyPart(workspace: Workspace, part: SeedPart): Promise<void> {
  const known: readonly string[] = SEED_PART_MEMBERS
  for (const member of Object.keys(part)) {
    if (known.includes(member)) continue
    const text = `there is no such member; there are ${known.join(', ')}`
    throw new SeedRefused([{ where: member, text }])
  }
  // Loaded only here: what ships is checked by its types.
  const { checkedSeed } = await import('./user-seed.ts')
  const seed = checkedSeed({ version: 1, ...part })
  const { world, clock } = workspace
  const isNew = (id = '') => !world.catalog.agreements.has(id as AgreementId)
  const agreements = seed.agreements?.map((one) => (isNew(one.id) ? withLicense(one) : one))
  const facts = { nowMs: clock.nowMs, summary: 'a change in the middle of a test' }
  await applySeed({ ...seed, ...(agreements && { agreements }) }, world, facts)
  workspace.keep(seed)
}

/** @param of An id, a license, or one of `buyers`. @throws SandboxRefused */
export async function cancelAgreement(
  workspace: Workspace,
  of: string | SandboxBuyer,
): Promise<void> {
  const { world, clock } = workspace
  const name = typeof of === 'string' ? of : of.licenseArn
  const agreement =
    world.catalog.agreements.get(name as AgreementId) ??
    world.catalog.agreementByLicense(name as LicenseArn)
  if (agreement === undefined) {
    throw new SandboxRefused(
      404,
      `There is no agreement ${JSON.stringify(name)}. One is named by its id or its license, as in \`agreements\`.`,
    )
  }
  const seed: Seed = { version: 1, agreements: [{ id: agreement.id, status: 'cancelled' }] }
  await applySeed(seed, world, { nowMs: clock.nowMs, summary: `cancel ${agreement.id}` })
}

/** @property agreement An id; absent: the latest of the buyer for the product that has begun. */
export interface TokenRequest {
  readonly product: string | SandboxProduct
  readonly buyer: string | SandboxBuyer
  readonly agreement?: string
}

/** The registration token that a buyer's browser brings to the seller. @throws SandboxRefused */
export async function createToken(
  { world, clock }: Workspace,
  { product, buyer, agreement }: TokenRequest,
): Promise<SandboxToken> {
  const { state: control, masterKeys } = world
  const context = { control, masterKeys, randomBytes, nowMs: clock.nowMs, actor: 'sandbox' }
  const made = await newRegistration(context, {
    product: typeof product === 'object' ? product.code : product,
    buyer: typeof buyer === 'object' ? buyer.awsAccountId : buyer,
    ...(agreement !== undefined && { agreement }),
  })
  if (made.ok) return registrationView(made)
  throw new SandboxRefused(409, made.problems.map(({ text }) => text).join('\n'))
}
