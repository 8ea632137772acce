/** The rules of access keys and admin tokens. Part of catalog-change.ts. */
import type { CatalogDraft } from './catalog-draft.ts'
import {
  ACCOUNT,
  LONG_TERM_KEY_ID,
  type NameRule,
  RESOURCE,
  OPERATION,
  SHOWN_TEXT,
  TEMPORARY_KEY_ID,
} from './catalog-names.ts'
import type { WantedAccessKey, WantedAdminToken, WantedReencryption } from './catalog-wanted.ts'
import type { AccessKeyEntry, AdminTokenEntry } from './control-entries.ts'
import { someOf, unknown } from './rules-parties.ts'
import type { AccountId, ProductCode } from './usage.ts'

/** Two, so that callers can go over to a new key before the old one stops. */
export const ACTIVE_KEYS_MAX = 2

export function wantAccessKey(draft: CatalogDraft, wanted: WantedAccessKey): void {
  const { where } = wanted
  const before = draft.accessKey(wanted.id)
  const described = draft.read(
    `${where}.description`,
    SHOWN_TEXT,
    wanted.description ?? before?.description ?? '',
  )
  const fixed = before === undefined ? newKey(draft, wanted) : sameKey(draft, wanted, before)
  if (fixed === undefined || described === undefined) return
  const entry: AccessKeyEntry = {
    kind: 'accessKey',
    id: fixed.id,
    account: fixed.account,
    status: wanted.status ?? before?.status ?? 'active',
    description: described,
    createdMs: fixed.createdMs,
    secret: fixed.secret,
    ...(fixed.temporary === undefined ? {} : { temporary: fixed.temporary }),
    ...operationsOf(draft, wanted, before),
  }
  draft.put(entry, before, where)
}

/** At most two active long-term keys an account; keys stay with accounts that are there. */
export function checkAccessKey(draft: CatalogDraft, key: AccessKeyEntry, where: string): void {
  if (key.status !== 'active') return
  if (key.temporary !== undefined) {
    if (key.temporary.expiresMs > draft.nowMs) return
    draft.refuse(where, `access key ${key.id} has expired; create a new one`)
    return
  }
  if (draft.seller(key.account)?.retired === true) {
    draft.refuse(where, `account ${key.account} is retired and takes no active key`)
  }
  const active = [...draft.accessKeysOf(key.account)].filter(
    (one) => one.status === 'active' && one.temporary === undefined,
  )
  if (active.length <= ACTIVE_KEYS_MAX) return
  const others = active.filter((one) => one.id !== key.id)
  draft.refuse(
    where,
    `account ${key.account} may have ${ACTIVE_KEYS_MAX} active keys; disable ${someOf(others, 'or')} first`,
  )
}

export function wantReencryption(draft: CatalogDraft, wanted: WantedReencryption): void {
  if (wanted.publicKeyOf !== undefined) {
    wantPrivateKeyReencryption(draft, wanted, wanted.publicKeyOf)
    return
  }
  const before = draft.accessKey(wanted.id)
  if (before === undefined) draft.refuse(wanted.where, unknown('access key', wanted.id))
  else draft.put({ ...before, secret: wanted.secret }, before, wanted.where)
}

function wantPrivateKeyReencryption(
  draft: CatalogDraft,
  { id, where, secret }: WantedReencryption,
  product: ProductCode,
): void {
  const before = draft.publicKeysOf(product).find(({ fingerprint }) => fingerprint === id)
  if (before === undefined) draft.refuse(where, unknown('public key', id))
  else draft.put({ ...before, secret }, before, where)
}

export function wantAdminToken(draft: CatalogDraft, wanted: WantedAdminToken): void {
  const { where, id } = wanted
  const before = draft.adminToken(id)
  if (before === undefined) {
    const entry = newToken(draft, wanted)
    if (entry !== undefined) draft.put(entry, before, where)
    return
  }
  if (before.revoked && wanted.revoked === false) {
    draft.refuse(where, `token ${id} was revoked and stays so; create a new one`)
    return
  }
  const description = draft.read(
    `${where}.description`,
    SHOWN_TEXT,
    wanted.description ?? before.description,
  )
  if (description === undefined) return
  draft.put({ ...before, description, revoked: wanted.revoked ?? before.revoked }, before, where)
}

type Fixed = Pick<AccessKeyEntry, 'id' | 'account' | 'createdMs' | 'secret' | 'temporary'>

function newKey(draft: CatalogDraft, wanted: WantedAccessKey): Fixed | undefined {
  const { where, temporary, secret } = wanted
  const rule: NameRule<string> = temporary === undefined ? LONG_TERM_KEY_ID : TEMPORARY_KEY_ID
  const id = draft.read(`${where}.id`, rule, wanted.id)
  const account: AccountId | undefined =
    wanted.account === undefined
      ? draft.refuse(where, `there is no access key ${wanted.id}; a new one needs its account`)
      : draft.read(`${where}.account`, ACCOUNT, wanted.account)
  if (id === undefined || account === undefined) return undefined
  if (draft.seller(account) === undefined && draft.buyer(account) === undefined) {
    return draft.refuse(`${where}.account`, unknown('seller or buyer', account))
  }
  if (secret === undefined) return draft.refuse(`${where}.secret`, 'a new key needs its secret')
  if (temporary?.resource !== undefined)
    draft.read(`${where}.resource`, RESOURCE, temporary.resource)
  return {
    id,
    account,
    createdMs: draft.nowMs,
    secret,
    ...(temporary === undefined ? {} : { temporary }),
  }
}

function sameKey(
  draft: CatalogDraft,
  wanted: WantedAccessKey,
  before: AccessKeyEntry,
): Fixed | undefined {
  if (wanted.account !== undefined && wanted.account !== before.account) {
    return draft.refuse(
      `${wanted.where}.account`,
      `access key ${before.id} belongs to account ${before.account} for ever; create a new key`,
    )
  }
  return before
}

function operationsOf(
  draft: CatalogDraft,
  wanted: WantedAccessKey,
  before: AccessKeyEntry | undefined,
): Pick<AccessKeyEntry, 'operations'> {
  for (const [index, name] of (wanted.operations ?? []).entries()) {
    draft.read(`${wanted.where}.operations[${index}]`, OPERATION, name)
  }
  const operations = wanted.operations ?? before?.operations
  return operations === undefined ? {} : { operations }
}

function newToken(draft: CatalogDraft, wanted: WantedAdminToken): AdminTokenEntry | undefined {
  const { where, id, hash, expiresMs } = wanted
  if (hash === undefined) return draft.refuse(where, unknown('token', id))
  const seller = tokenSellerOf(draft, wanted)
  const description = draft.read(`${where}.description`, SHOWN_TEXT, wanted.description ?? '')
  if (seller === 'refused' || description === undefined) return undefined
  return {
    kind: 'adminToken',
    id,
    hash,
    ...(seller === undefined ? {} : { seller }),
    readOnly: wanted.readOnly ?? false,
    description,
    createdMs: draft.nowMs,
    ...(expiresMs === undefined ? {} : { expiresMs }),
    revoked: wanted.revoked ?? false,
  }
}

function tokenSellerOf(
  draft: CatalogDraft,
  { where, seller }: WantedAdminToken,
): AccountId | undefined | 'refused' {
  if (seller === undefined) return undefined
  const account = draft.read(`${where}.seller`, ACCOUNT, seller)
  if (account === undefined) return 'refused'
  if (draft.seller(account) !== undefined) return account
  draft.refuse(`${where}.seller`, unknown('seller', account))
  return 'refused'
}
