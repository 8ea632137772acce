/**
 * Makes a registration token: for the command, the admin API and the purchase page alike.
 *
 * A buyer of a legacy product has a customer identifier at the seller by the time of arrival; one is made if there is none.
 */
import type { RandomBytes } from './keys/new-key.ts'
import {
  arrivalOf,
  hasCustomerIdentifier,
  issuedMsOf,
  type Registration,
  type WantedRegistration,
} from '../core/registration.ts'
import type { Problem } from '../core/catalog-change.ts'
import type { AgreementEntry, ProductEntry } from '../core/control-entries.ts'
import type { CustomerIdentifier, InstantMs } from '../core/usage.ts'
import type { ControlState } from './control-state.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import { registrationTokenId, sealRegistration } from './registration-tokens.ts'

export interface RegistrationContext {
  readonly control: Pick<ControlState, 'index' | 'change' | 'refresh'>
  readonly masterKeys: Pick<MasterKeyRing, 'current'>
  readonly randomBytes: RandomBytes
  /** Domain time. */
  readonly nowMs: number
  /** For the change log, should a customer identifier have to be made. */
  readonly actor: string
}

/** @property token A secret of the buyer and the seller: no log and no refusal may hold it. */
export interface MadeRegistration {
  readonly token: string
  readonly registration: Registration
  readonly agreement: AgreementEntry
}

export type NewRegistration =
  | ({ readonly ok: true } & MadeRegistration)
  | { readonly ok: false; readonly problems: readonly Problem[] }

export async function newRegistration(
  context: RegistrationContext,
  wanted: WantedRegistration,
): Promise<NewRegistration> {
  const { control, masterKeys, randomBytes } = context
  const nowMs = Math.floor(context.nowMs) as InstantMs
  await control.refresh()
  const arrival = arrivalOf(control.index, wanted, nowMs)
  if (!arrival.ok) return { ok: false, problems: [{ where: '', text: arrival.problem }] }
  const { product, agreement } = arrival
  const named = await namedIn(context, product, agreement, nowMs)
  if ('problems' in named) return { ok: false, problems: named.problems }
  const { buyer, licenseArn } = agreement
  const { seller, code } = product
  const issuedMs = issuedMsOf(arrival, nowMs)
  const registration = { seller, product: code, buyer, licenseArn, ...named, issuedMs }
  const token = sealRegistration(masterKeys, registration, randomBytes)
  return { ok: true, token, registration, agreement }
}

/** For the change log: who may be taken for whom is worth a line, though nothing in the catalog changes. */
export function summaryOf({ token, registration, agreement }: MadeRegistration): string {
  const { buyer, product } = registration
  const id = registrationTokenId(token)
  return `make registration token ${id} of buyer ${buyer} for product ${product}, ${agreement.id}`
}

type Named =
  { readonly customerIdentifier?: CustomerIdentifier } | { readonly problems: readonly Problem[] }

async function namedIn(
  { control, actor }: RegistrationContext,
  product: ProductEntry,
  { buyer }: AgreementEntry,
  nowMs: InstantMs,
): Promise<Named> {
  if (!hasCustomerIdentifier(product, nowMs)) return {}
  const { seller } = product
  if (control.index.customerOf(seller, buyer) === undefined) {
    const wish = { kind: 'customerIdentifier', where: '', seller, buyer, onlyIfNone: true } as const
    const summary = `identify buyer ${buyer} at seller ${seller}, for a registration`
    const decision = await control.change({ wanted: [wish], nowMs, actor, summary })
    if (!decision.ok) return { problems: decision.problems }
  }
  const customerIdentifier = control.index.customerOf(seller, buyer)
  return customerIdentifier === undefined ? {} : { customerIdentifier }
}
