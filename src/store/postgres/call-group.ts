/** The calls of one commit as a text: JSON, so that NUL and lone surrogates survive, and equal callers once. */
import type { Call } from '../../core/metering-record.ts'
import type { AccountId, InstantMs } from '../../core/usage.ts'

type StoredCaller = readonly [
  operation: string,
  account: string,
  accessKeyId: string,
  address: string,
  userAgent: string,
  profile: string,
]

interface StoredGroup {
  readonly callers: readonly StoredCaller[]
  /** The last number is the place of the caller. */
  readonly calls: readonly (readonly [requestId: string, receivedAtMs: number, caller: number])[]
}

export function callGroupText(calls: readonly Call[]): string {
  const places = new Map<string, number>()
  const callers: StoredCaller[] = []
  const stored = calls.map((call) => {
    const { operation, account, accessKeyId, address, userAgent, profile } = call
    const caller = [operation, account, accessKeyId, address, userAgent, profile] as const
    const text = JSON.stringify(caller)
    const place = places.get(text) ?? callers.push(caller) - 1
    places.set(text, place)
    return [call.requestId, call.receivedAtMs, place] as const
  })
  return JSON.stringify({ callers, calls: stored } satisfies StoredGroup)
}

/** @param text Of `call_group.calls`, which only this program writes. */
export function parseCallGroup(text: string): readonly Call[] {
  const { callers, calls } = JSON.parse(text) as StoredGroup
  return calls.map(([requestId, receivedAtMs, place]) => {
    const [
      operation = '',
      account = '',
      accessKeyId = '',
      address = '',
      userAgent = '',
      profile = '',
    ] = callers[place] ?? []
    return {
      requestId,
      operation,
      receivedAtMs: receivedAtMs as InstantMs,
      account: account as AccountId,
      accessKeyId,
      address,
      userAgent,
      profile,
    }
  })
}
