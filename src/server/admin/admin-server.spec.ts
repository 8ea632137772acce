/** An admin API on a real socket, over stores in memory with two sellers in them; for the tests of this folder. */
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Wanted } from '../../core/catalog-wanted.ts'
import type { Notice } from '../../core/notice.ts'
import type { InstantMs } from '../../core/usage.ts'
import { aNotice } from '../../testing/builders.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import type { Ledger } from '../../store/ledger.ts'
import { MemoryLedger } from '../../store/memory.ts'
import { ControlState } from '../control-state.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import type { Tls } from '../http.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import type { AdminParts } from './parts.ts'
import { startAdmin } from './start.ts'
import { newAdminToken } from '../admin-tokens.ts'

export const OWN = '111111111111'
export const OTHER = '222222222222'
export const BUYER = '333333333333'
export const OTHERS_BUYER = '444444444444'
export const NOTIFICATION = '00000000-0000-4000-8000-000000000001'
export const NOW_MS = Date.UTC(2026, 10, 1, 10, 30)

const TOKENS = {
  operator: {},
  operatorReads: { readOnly: true },
  own: { seller: OWN },
  ownReads: { seller: OWN, readOnly: true },
  other: { seller: OTHER },
  revoked: {},
  expired: { expiresMs: (NOW_MS - 1) as InstantMs },
} as const

export type TokenName = keyof typeof TOKENS

/** What both sellers have: a product, an agreement, a key. */
export const CATALOG: readonly Wanted[] = [
  ...[OWN, OTHER].map(
    (account) => ({ kind: 'seller', where: '', account, name: account }) as const,
  ),
  ...[BUYER, OTHERS_BUYER].map((account) => ({ kind: 'buyer', where: '', account }) as const),
  product('own-product', OWN),
  product('other-product', OTHER),
  agreement('agmt-own', 'own-product', BUYER),
  agreement('agmt-other', 'other-product', OTHERS_BUYER),
  accessKey('AKIAOWNOWNOWNOWN', OWN),
  accessKey('AKIAOTHEROTHEROT', OTHER),
]

export interface AdminServer {
  readonly endpoint: string
  readonly control: ControlState
  readonly store: MemoryControlStore
  readonly tokens: Readonly<Record<TokenName, string>>
  readonly lines: readonly string[]
  /** Asks as the holder of a token, or with any text as one, or with none. */
  readonly ask: (request: AdminRequest) => Promise<AdminAnswer>
  readonly close: (drainMsMax: number) => Promise<void>
}

export interface AdminRequest {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly as?: TokenName
  readonly token?: string
}

export interface AdminAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

type Overrides = Partial<AdminParts> & { readonly ledger?: Pick<Ledger, 'read'> }

export async function openAdmin(
  test: TestContext,
  overrides: Overrides = {},
  tls?: Tls,
): Promise<AdminServer> {
  const store = new MemoryControlStore()
  const control = await ControlState.open(store)
  const tokens = await fill(control)
  const lines: string[] = []
  const log = createLog({ level: 'info', form: 'json' }, { write: (line) => void lines.push(line) })
  const parts: AdminParts = {
    control,
    controlStore: store,
    ledger: new MemoryLedger(() => NOW_MS * 1_000),
    masterKeys: ringOf([masterKeyOf(randomBytes(32))]),
    health: { report: () => ({ ready: true, parts: { ledger: { ready: true } } }) },
    metrics: createMetrics(),
    log,
    nowMs: () => NOW_MS,
    machineNowMs: () => NOW_MS,
    version: '0.0.0',
    metricsOpen: false,
    purchases: { origin: 'https://buy.example', fulfilmentUrlOf: () => 'https://seller.example/' },
    ...overrides,
  }
  const admin = await startAdmin(parts, { host: '127.0.0.1', port: 0, ...(tls && { tls }) })
  test.after(() => admin.close())
  const { endpoint } = admin
  return {
    endpoint,
    control,
    store,
    tokens,
    lines,
    close: (drainMsMax) => admin.close(drainMsMax),
    ask: ({ as, token = as && tokens[as], ...request }) => ask(endpoint, request, token),
  }
}

async function ask(
  endpoint: string,
  { method = 'GET', path, body }: AdminRequest,
  token: string | undefined,
): Promise<AdminAnswer> {
  const answer = await fetch(`${endpoint}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '')
  const json: unknown = isJson ? JSON.parse(text) : undefined
  return { status: answer.status, headers: answer.headers, text, json }
}

async function fill(control: ControlState): Promise<Record<TokenName, string>> {
  const tokens: Partial<Record<TokenName, string>> = {}
  const wanted: Wanted[] = [...CATALOG]
  for (const [name, facts] of Object.entries(TOKENS)) {
    const { token, hash } = newAdminToken(randomBytes)
    tokens[name as TokenName] = token
    wanted.push({ kind: 'adminToken', where: '', id: `tok-${name}`, hash, ...facts })
  }
  await change(control, wanted)
  // A token is revoked by a later change.
  await change(control, [{ kind: 'adminToken', where: '', id: 'tok-revoked', revoked: true }])
  return tokens as Record<TokenName, string>
}

/** One to OWN, of its agreement. */
export async function addNotice({
  control,
  store,
}: Pick<AdminServer, 'control' | 'store'>): Promise<void> {
  const ids = { id: NOTIFICATION, seller: OWN, agreement: 'agmt-own' } as Partial<Notice>
  const facts = { actor: 'user:test', summary: 'tell', atMs: NOW_MS as InstantMs }
  await store.commit({ upon: control.version, entries: [], notices: [aNotice(ids)], ...facts })
  await control.refresh()
}

async function change(control: ControlState, wanted: readonly Wanted[]): Promise<void> {
  const decision = await control.change({
    wanted,
    nowMs: NOW_MS - 86_400_000,
    actor: 'user:test',
    summary: 'fill',
  })
  if (!decision.ok) throw new Error(JSON.stringify(decision.problems))
}

function product(code: string, seller: string): Wanted {
  return { kind: 'product', where: '', code, seller, dimensions: [{ name: 'users' }] }
}

function agreement(id: string, code: string, buyer: string): Wanted {
  return { kind: 'agreement', where: '', id, product: code, buyer }
}

function accessKey(id: string, account: string): Wanted {
  return { kind: 'accessKey', where: '', id, account, secret: 'sealed-and-never-shown' }
}
