/**
 * Control through Marketmeter's admin API, where the bindings name one: keys of each kind, and agreements that change.
 *
 * Other services have no such interface; there the bindings name ready-made keys, or the cases are skipped. Keys made
 * here are temporary, and stopped again when the run ends. An expired one cannot be made: the shortest lives a minute.
 */
import type { Bindings, Key } from './bindings.ts'
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
  const make = async (operations?: readonly string[]): Promise<Key> => {
    const key = await makeKey(admin, operations)
    made.push(key.accessKeyId)
    return key
  }
  const disabled = await make()
  await stop(admin, disabled.accessKeyId)
  const keys = {
    temporary: await make(),
    restricted: await make(['ResolveCustomer']),
    disabled,
    ...bindings.keys,
  }
  return {
    bindings: {
      ...bindings,
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

async function makeKey(admin: Admin, operations: readonly string[] | undefined): Promise<Key> {
  const made = await call(admin, 'POST', '/v1/access-keys', {
    account: admin.seller,
    ttlSeconds: TTL_SECONDS,
    description: 'Made by the conformance cases',
    ...(operations === undefined ? {} : { operations }),
  })
  return {
    accessKeyId: textOf(made, 'id'),
    secretAccessKey: textOf(made, 'secretAccessKey'),
    sessionToken: textOf(made, 'sessionToken'),
  }
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
  const { active, concurrent } = bindings.buyers
  const buyer = active.find((one) => one.licenseArn === licenseArn) ?? concurrent
  return idOfLicense(admin, buyer?.account ?? '', licenseArn)
}

async function idOfLicense(admin: Admin, buyer: string, licenseArn: string): Promise<string> {
  const page = await call(admin, 'GET', `/v1/agreements?limit=1000&buyer=${buyer}`)
  const items: readonly unknown[] = Array.isArray(page['items']) ? page['items'] : []
  const agreement = items.find((item) => isMembers(item) && item['licenseArn'] === licenseArn)
  if (!isMembers(agreement)) throw new TypeError(`The admin API knows no license ${licenseArn}.`)
  return textOf(agreement, 'id')
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
