/** Puts the demo catalog into a ledger, and reads from it what the demo has to tell. */
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dirname } from 'node:path'
import { newNames } from '../core/catalog-names.ts'
import type { AccountId } from '../core/usage.ts'
import { hashAdminToken } from '../server/admin/token.ts'
import { openSecret } from '../server/keys/secrets.ts'
import { readCatalogFile } from './catalog-file/read.ts'
import { sealWritten } from './catalog-file/secret.ts'
import { wishesOf } from './catalog-file/wanted.ts'
import type { Host } from './host.ts'

const CATALOG = fileURLToPath(new URL('../../examples/demo-catalog.yaml', import.meta.url))

/** As fixed and as public as the demo's access keys; the demo listens on loopback. */
export const DEMO_ADMIN_TOKEN = 'demo-admin-token-0000000000000000'
const DEMO_ADMIN_TOKEN_ID = 'tok-demo'

/** Safe to repeat: what is there already stays as it is. */
export async function seedDemo(host: Host): Promise<void> {
  const read = readCatalogFile(readFileSync(CATALOG, 'utf8'), CATALOG)
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const nowMs = Date.now()
  const secrets = {
    folder: dirname(CATALOG),
    environment: {},
    present: host.control.index,
    masterKeys: () => host.masterKeys,
    randomBytes,
    allowsLiteral: true,
  }
  const { wanted, problems } = wishesOf(read.file, {
    nowMs,
    names: newNames((limit) => randomInt(limit)),
    sealSecret: (accessKeyId, written) => sealWritten(secrets, accessKeyId, written),
  })
  const token = {
    kind: 'adminToken',
    where: 'the demo',
    id: DEMO_ADMIN_TOKEN_ID,
    hash: hashAdminToken(DEMO_ADMIN_TOKEN),
    description: 'Demo token',
  } as const
  const decision = await host.control.change({
    wanted: [...wanted, token],
    nowMs,
    actor: 'service:demo',
    summary: 'the demo catalog',
  })
  const wrong = [...problems, ...(decision.ok ? [] : decision.problems)].map(read.locate)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}

/** What a script needs to use the demo: the first seller's world. */
export interface DemoFacts {
  readonly products: readonly { readonly code: string; readonly dimensions: readonly string[] }[]
  /** One for each active agreement, the first of them with the first product. */
  readonly buyers: readonly {
    readonly awsAccountId: string
    readonly customerIdentifier?: string
    readonly licenseArn: string
    readonly productCode: string
  }[]
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export function demoFacts({ control: { index }, masterKeys }: Host): DemoFacts {
  const [first] = index.products.values()
  if (first === undefined) throw new Error('the demo catalog has no product')
  const { seller } = first
  const products = [...index.products.values()].filter((product) => product.seller === seller)
  const buyers = products.flatMap(({ code }) =>
    [...index.agreementsOfProduct(code)]
      .filter(({ status }) => status === 'active')
      .map(({ buyer, licenseArn }) => ({
        awsAccountId: buyer,
        ...customerIdentifierOf(index, seller, buyer),
        licenseArn,
        productCode: code,
      })),
  )
  const key = [...index.accessKeysOf(seller)].find(({ temporary }) => temporary === undefined)
  const opened = key && openSecret(masterKeys, key.id, key.secret)
  if (key === undefined || opened?.ok !== true) throw new Error('the demo seller has no key')
  return {
    products: products.map(({ code, dimensions }) => ({
      code,
      dimensions: dimensions.map(({ name }) => name),
    })),
    buyers,
    accessKeyId: key.id,
    secretAccessKey: opened.secret,
  }
}

function customerIdentifierOf(
  { customerIdentifiers }: Host['control']['index'],
  seller: AccountId,
  buyer: AccountId,
): { customerIdentifier?: string } {
  for (const entry of customerIdentifiers.values()) {
    if (entry.seller === seller && entry.buyer === buyer) {
      return { customerIdentifier: entry.identifier }
    }
  }
  return {}
}
