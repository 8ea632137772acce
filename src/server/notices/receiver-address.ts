/**
 * Which addresses a notice may be sent to, and how a receiver's name becomes one.
 *
 * Why        A seller chooses where its notices go. Without this a seller could have the service post to itself, to the
 *            cloud's metadata service, or to anything else that only the service can reach.
 * When       The address is checked that will be connected to, after the name was resolved and in the same step, so that a
 *            name that resolves otherwise a moment later gains nothing.
 * Resolving  By the resolver of Node and not by the system's, whose few threads a name server that never answers could keep from
 *            everybody. So neither the hosts file nor search domains count; `localhost` is 127.0.0.1.
 * Checked by receiver-address.test.ts, post.test.ts
 */
import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

const RESOLVE_MS_MAX = 3_000
const RESOLVE_TRIES = 2

export interface AddressRules {
  /** Private, loopback and other special addresses too. */
  readonly privateToo: boolean
  /** What a name resolves to; the network's name servers unless a test gives its own. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

export class AddressRefused extends Error {}

/** A look-up for a connection: addresses that are allowed, or a reason. A literal address must be checked by itself. */
export function lookupWith(rules: AddressRules): LookupFunction {
  return (name, options, callback) => {
    addressesOf(name, rules).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }))
        const [first = { address: '', family: 4 }] = found
        if (options.all === true) callback(null, found)
        else callback(null, first.address, first.family)
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), '', 4)
      },
    )
  }
}

/** @throws AddressRefused if none is allowed. */
export async function addressesOf(name: string, rules: AddressRules): Promise<readonly string[]> {
  const resolved = isIP(name) === 0 ? await (rules.resolve ?? resolveName)(name) : [name]
  if (resolved.length === 0) throw new AddressRefused('its name has no address')
  const allowed = resolved.filter((address) => rules.privateToo || isPublic(address))
  if (allowed.length > 0) return allowed
  throw new AddressRefused(
    'its address is private, and this service sends to public ones only (--webhooks-private)',
  )
}

/** Whether an address is one of the internet's: neither special nor a way to another address. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  // An IPv4 address inside an IPv6 one is judged as what it is.
  return ipaddr.process(address).range() === 'unicast'
}

async function resolveName(name: string): Promise<readonly string[]> {
  if (name.toLowerCase() === 'localhost') return ['127.0.0.1']
  const resolver = new Resolver({ timeout: RESOLVE_MS_MAX, tries: RESOLVE_TRIES })
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}
