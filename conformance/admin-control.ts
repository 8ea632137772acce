/**
 * Control through Marketmeter's admin API, where the bindings name one: keys of each kind, and agreements that change;
 * and what of the catalog only it tells.
 *
 * Other services have no such interface; there the bindings name ready-made keys, or the cases are skipped. Keys made
 * here are temporary, and stopped again when the run ends. An expired one cannot be made: the shortest lives a minute.
 */
import type { Bindings, Contract, Key, PublicKey } from './bindings.ts'
import type { Controls } from './run.ts'

type Admin = NonNullable<Bindings['admin']>

export interface Controlled {
  readonly bindings: Bindings
  readonly controls: Controls
  /** Stops the keys that were made. */
  release(): Promise<void>
}

const TTL_SECONDS = 3_600

type Members = Readonly<Record<string, unknown>>

export async function takeControl(bindings: Bindings): Promise<Controlled> {
  const { admin } = bindings
  if (admin === undefined) return { bindings, controls: {}, release: async () => undefined }
  const made: string[] = []
  const make = async (facts: KeyFacts = {}): Promise<Key> => {
    const key = await makeKey(admin, facts)
    made.push(key.accessKeyId)
    return key
  }
  const disabled = await make()
  await stop(admin, disabled.accessKeyId)
  const keys = {
    temporary: await make(),
    restricted: await make({ operations: ['ResolveCustomer'] }),
    disabled,
    ...(await buyerKeys(make, bindings)),
    ...bindings.keys,
  }
  return {
    bindings: {
      ...bindings,
      ...(await productsTold(admin, bindings)),
      keys,
      registrationTokens: await registrationTokens(admin, bindings),
    },
    controls: {
      setAgreement: async (change, licenseArn) => {
        const id = await agreementOf(admin, bindings, licenseArn)
        await call(admin, 'POST', `/v1/agreements/${encodeURIComponent(id)}/${change}`)
      },
    },
    release: async () => {
      for (const id of made) await stop(admin, id)
    },
  }
}

/** @property account Absent: the seller's. */
interface KeyFacts {
  readonly account?: string
  readonly operations?: readonly string[]
  readonly resource?: string
}

async function makeKey(admin: Admin, facts: KeyFacts): Promise<Key> {
  const made = await call(admin, 'POST', '/v1/access-keys', {
    account: admin.seller,
    ttlSeconds: TTL_SECONDS,
    description: 'Made by the conformance cases',
    ...facts,
  })
  return {
    accessKeyId: textOf(made, 'id'),
    secretAccessKey: textOf(made, 'secretAccessKey'),
    sessionToken: textOf(made, 'sessionToken'),
  }
}

/** The labels are the same in every run: an hour of a resource once held is held for ever. */
async function buyerKeys(
  make: (facts: KeyFacts) => Promise<Key>,
  { containerProduct }: Bindings,
): Promise<Partial<Bindings['keys']>> {
  const { buyer, lapsedBuyer } = containerProduct ?? {}
  return {
    ...(buyer !== undefined && {
      buyer: await make({ account: buyer, resource: 'conformance-1' }),
      buyerElsewhere: await make({ account: buyer, resource: 'conformance-2' }),
      buyerUnlabelled: await make({ account: buyer }),
    }),
    ...(lapsedBuyer !== undefined && {
      lapsedBuyer: await make({ account: lapsedBuyer, resource: 'conformance-1' }),
    }),
  }
}

/** Keys that a ledger makes for itself, and dates that go by its start. */
async function productsTold(
  admin: Admin,
  { containerProduct, contractProduct }: Bindings,
): Promise<Pick<Bindings, 'containerProduct' | 'contractProduct'>> {
  return {
    ...(containerProduct && {
      containerProduct: {
        publicKeys: await publicKeys(admin, containerProduct.code),
        ...containerProduct,
      },
    }),
    ...(contractProduct && {
      contractProduct: {
        ...contractProduct,
        first: { ...(await expiryOf(admin, contractProduct.first)), ...contractProduct.first },
        second: { ...(await expiryOf(admin, contractProduct.second)), ...contractProduct.second },
      },
    }),
  }
}

const PUBLIC_KEYS_MIN = 2

/** A product that has fewer is given new ones, so that there is an old one beside the current one. */
async function publicKeys(admin: Admin, code: string): Promise<PublicKey[]> {
  const path = `/v1/products/${encodeURIComponent(code)}/public-keys`
  const keys = itemsOf(await call(admin, 'GET', path))
  while (keys.length < PUBLIC_KEYS_MIN) keys.push(await call(admin, 'POST', path))
  return keys.map((key) => ({
    version: Number(key['version']),
    publicKey: textOf(key, 'publicKey'),
  }))
}

async function expiryOf(
  admin: Admin,
  { account, licenseArn }: Contract,
): Promise<Pick<Contract, 'expires'>> {
  const { end } = await agreementOfLicense(admin, account, licenseArn)
  return typeof end === 'string' ? { expires: end } : {}
}

async function registrationTokens(
  admin: Admin,
  { registrationTokens: given, product, concurrentProduct, otherProduct, buyers }: Bindings,
): Promise<NonNullable<Bindings['registrationTokens']>> {
  const { concurrent } = buyers
  const of = (code: string | undefined, buyer: string | undefined, licenseArn?: string) =>
    code === undefined || buyer === undefined
      ? undefined
      : registrationToken(admin, { product: code, buyer }, licenseArn)
  const [active, ofConcurrent, otherSeller] = await Promise.all([
    of(product.code, buyers.active[0]?.account),
    of(concurrentProduct?.code, concurrent?.account, concurrent?.licenseArns[0]),
    of(otherProduct?.code, otherProduct?.buyer?.account),
  ])
  return {
    ...(active !== undefined && { active }),
    ...(ofConcurrent !== undefined && { concurrent: ofConcurrent }),
    ...(otherSeller !== undefined && { otherSeller }),
    ...given,
  }
}

/** Tokens are kept nowhere, so none has to be taken back at the end. */
async function registrationToken(
  admin: Admin,
  parties: { readonly product: string; readonly buyer: string },
  licenseArn: string | undefined,
): Promise<string> {
  const agreement =
    licenseArn === undefined
      ? {}
      : { agreement: await idOfLicense(admin, parties.buyer, licenseArn) }
  const made = await call(admin, 'POST', '/v1/registration-tokens', { ...parties, ...agreement })
  return textOf(made, 'token')
}

async function stop(admin: Admin, accessKeyId: string): Promise<void> {
  await call(admin, 'POST', `/v1/access-keys/${encodeURIComponent(accessKeyId)}/disable`)
}

async function agreementOf(admin: Admin, bindings: Bindings, licenseArn: string): Promise<string> {
  return idOfLicense(admin, buyerOf(bindings, licenseArn) ?? '', licenseArn)
}

/** The account that has this license. */
function buyerOf(
  { buyers, containerProduct, contractProduct }: Bindings,
  licenseArn: string,
): string | undefined {
  if (containerProduct?.licenseArn === licenseArn) return containerProduct.buyer
  const { first, second } = contractProduct ?? {}
  const named = [...buyers.active, first, second].find((one) => one?.licenseArn === licenseArn)
  return (named ?? buyers.concurrent)?.account
}

async function idOfLicense(admin: Admin, buyer: string, licenseArn: string): Promise<string> {
  return textOf(await agreementOfLicense(admin, buyer, licenseArn), 'id')
}

async function agreementOfLicense(
  admin: Admin,
  buyer: string,
  licenseArn: string,
): Promise<Members> {
  const page = await call(admin, 'GET', `/v1/agreements?limit=1000&buyer=${buyer}`)
  const agreement = itemsOf(page).find((item) => item['licenseArn'] === licenseArn)
  if (agreement === undefined) throw new TypeError(`The admin API knows no license ${licenseArn}.`)
  return agreement
}

function itemsOf({ items }: Members): Members[] {
  return Array.isArray(items) ? items.filter(isMembers) : []
}

async function call(admin: Admin, method: string, path: string, body?: object): Promise<Members> {
  const response = await fetch(new URL(path, admin.endpoint), {
    method,
    headers: {
      authorization: `Bearer ${admin.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  // The path names no secret; the answer to a failure holds none either.
  if (!response.ok) throw new TypeError(`${method} ${path} answered ${response.status}: ${text}`)
  const value: unknown = JSON.parse(text)
  return isMembers(value) ? value : {}
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function textOf(members: Members, name: string): string {
  const value = members[name]
  if (typeof value !== 'string') throw new TypeError(`The admin API gave no ${name}.`)
  return value
}
