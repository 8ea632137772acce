/**
 * Posts one notice to a receiver that may be anybody's.
 *
 * Bounded    One time for everything, from the name to the answer's head; its head in bytes, and how many interim answers (100,
 *            103) come before it, or a receiver that sends nothing else keeps the process busy. Nothing of its body is read: the
 *            connection is closed when the status is known. Nothing is kept between posts.
 * Not led on Answers that lead elsewhere are failures. The address is checked, see receiver-address.ts.
 * Checked by post.test.ts, with receivers that redirect, never answer, and answer without end.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { AddressRefused, addressesOf, type AddressRules, lookupWith } from './receiver-address.ts'

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PostSettings extends AddressRules {
  readonly answerMsMax: number
  /** Trusted beside the usual authorities. */
  readonly ca?: string
}

/** @property result In words, without the URL. */
export interface PostOutcome {
  readonly taken: boolean
  readonly result: string
}

const HEAD_BYTES_MAX = 16_384
const INTERIM_ANSWERS_MAX = 8

class HeadTooLong extends Error {}

export async function post(sent: Post, settings: PostSettings): Promise<PostOutcome> {
  const ended = new AbortController()
  const timer = setTimeout(() => {
    ended.abort()
  }, settings.answerMsMax)
  try {
    const url = new URL(sent.url)
    await refuseLiteral(url, settings)
    const status = await statusOf(url, sent, settings, ended.signal)
    return outcomeOf(status)
  } catch (error) {
    if (!ended.signal.aborted) return { taken: false, result: reasonOf(error) }
    return { taken: false, result: `no answer within ${settings.answerMsMax / 1_000} s` }
  } finally {
    clearTimeout(timer)
  }
}

/** A literal address is connected to without a look-up. */
async function refuseLiteral({ hostname }: URL, rules: AddressRules): Promise<void> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) await addressesOf(literal, rules)
}

function statusOf(
  url: URL,
  { headers, body }: Post,
  settings: PostSettings,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' },
      agent: false,
      lookup: lookupWith(settings),
      maxHeaderSize: HEAD_BYTES_MAX,
      signal,
      ...(settings.ca !== undefined && { ca: settings.ca }),
    })
    let interimAnswers = 0
    request.on('information', () => {
      interimAnswers += 1
      if (interimAnswers <= INTERIM_ANSWERS_MAX) return
      reject(new HeadTooLong())
      request.destroy()
    })
    request.on('response', (answer) => {
      resolve(answer.statusCode ?? 0)
      // Whatever it goes on to say, nobody listens.
      request.destroy()
    })
    request.on('error', reject)
    request.on('close', () => {
      reject(new Error('the connection was closed without an answer'))
    })
    request.end(body)
  })
}

function outcomeOf(status: number): PostOutcome {
  if (status >= 200 && status < 300) return { taken: true, result: `answered ${status}` }
  const why = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
  return { taken: false, result: `answered ${status}${why}` }
}

function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isHeadTooLong = error instanceof HeadTooLong || code === 'HPE_HEADER_OVERFLOW'
  if (isHeadTooLong) return 'the head of its answer was too long'
  if (code.startsWith('HPE_')) return 'its answer was not HTTP'
  if (code === 'ERR_INVALID_URL') return 'its URL cannot be used'
  return code === '' ? 'the connection failed' : `the connection failed (${code})`
}
