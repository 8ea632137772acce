/**
 * Takes registration tokens out of texts that are kept: a seller's program may paste one where it does not belong, and whoever
 * reads logs and refusals must not be able to resolve it.
 *
 * Shape       A long run of the letters of base64, form-encoded or not. No product code, dimension, license or customer identifier that AWS
 *             or we make has so long a run. What is shorter is no token of ours, whole or cut to the longest member.
 * Told        In its place stands what a token is called in the change log, so that one that was pasted whole can be found there.
 * Checked by  masked-tokens.test.ts
 */
import type { RefusedRecord } from '../core/refused-record.ts'
import { registrationTokenId } from './registration-tokens.ts'

const RUN_LENGTH_MIN = 80
const TOKEN_SHAPED = new RegExp(`(?:[A-Za-z0-9+/=_-]|%2[BbFf]|%3[Dd]){${RUN_LENGTH_MIN},}`, 'g')

export function withoutTokens(text: string): string {
  if (text.length < RUN_LENGTH_MIN) return text
  return text.replace(TOKEN_SHAPED, (token) => `[registration token ${registrationTokenId(token)}]`)
}

/** What a caller sent is in a few members; a reason may repeat it. */
export function refusedWithoutTokens(refused: RefusedRecord): RefusedRecord {
  const { productCode, reason, usage } = refused
  const masked = {
    ...refused,
    productCode: withoutTokens(productCode),
    reason: withoutTokens(reason),
  }
  return usage === undefined ? masked : { ...masked, usage: usageWithoutTokens(usage) }
}

type Usage = NonNullable<RefusedRecord['usage']>

function usageWithoutTokens(usage: Usage): Usage {
  const { buyer, dimension, allocations } = usage
  const names = Object.entries<string>({ ...buyer }).map(([name, text]) => [
    name,
    withoutTokens(text),
  ])
  return {
    ...usage,
    dimension: withoutTokens(dimension) as Usage['dimension'],
    buyer: Object.fromEntries(names) as Usage['buyer'],
    ...(allocations && { allocations: allocations.map(allocationWithoutTokens) }),
  }
}

type Allocation = NonNullable<Usage['allocations']>[number]

function allocationWithoutTokens({ quantity, tags }: Allocation): Allocation {
  const masked = tags.map(({ key, value }) => ({
    key: withoutTokens(key),
    value: withoutTokens(value),
  }))
  return { quantity, tags: masked }
}
