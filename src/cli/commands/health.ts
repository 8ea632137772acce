/**
 * `health`: asks the service of this machine how it is, as supervisors of containers want to be told: by an exit code.
 *
 * Why ours    An image without curl still needs a probe, and only we know from the settings whether it is asked with TLS.
 * Trusts      Whoever answers on this machine's port: nothing secret is sent. The certificate is for the name that callers
 *             use, and is not checked.
 */
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { text } from 'node:stream/consumers'
import { CommandFailure, defineCommand } from '../command.ts'
import { WRONG_LINE, WRONG_LINE_MEANING } from '../control-access.ts'
import { printable } from '../printable.ts'
import { readServeConfig, type ServeConfig } from '../serve-config.ts'
import { SERVE_OPTIONS } from '../serve-options.ts'

const NOT_WELL = 1
/** A service that takes longer for a line that it has at hand is not well. */
const ANSWER_MS_MAX = 3_000

export const health = defineCommand({
  name: 'health',
  summary: 'Ask the running service how it is',
  help: `
    Asks the metering port on this machine, for health checks of containers and supervisors. Where it is asked, and
    whether with TLS, come from the settings that serve has: the same variables and the same file. It is alive
    if it answers at all; with --ready, if work should be sent to it. Exit code 1 of the first means: start it
    anew; of the second: send it nothing for now.

    $ marketmeter health
    $ marketmeter health --ready --port 8080
  `,
  options: {
    ready: { type: 'boolean', about: 'Ask whether work should be sent to it' },
    config: { type: 'string', value: 'FILE', about: 'YAML file of settings (default: none)' },
    host: SERVE_OPTIONS.host,
    port: SERVE_OPTIONS.port,
  },
  exits: {
    0: 'it is well',
    [NOT_WELL]: 'it is not, or it does not answer; stderr says which',
    [WRONG_LINE]: `${WRONG_LINE_MEANING}, or a setting was`,
  },
  async run({ options: { ready, ...options }, io }) {
    const result = await readServeConfig({ options, env: io.env })
    if (!result.ok) throw new CommandFailure(result.problems.join('\nmarketmeter: '), WRONG_LINE)
    const url = urlOf(result.config, ready ? '/readyz' : '/healthz')
    const { status, body } = await answerOf(url)
    const said = printable(body)
    if (status !== 200) throw new CommandFailure(`${url.href} says ${status}: ${said}`, NOT_WELL)
    io.out.write(`${said}\n`)
    return 0 as const
  },
})

/** @throws CommandFailure if nobody can know the port. */
function urlOf({ values: { host, port }, tls }: ServeConfig, path: string): URL {
  if (port === 0) throw new CommandFailure('--port: 0 takes any; say which it took', WRONG_LINE)
  const address = host.includes(':') ? `[${hereOf(host)}]` : hereOf(host)
  return new URL(`${tls === undefined ? 'http' : 'https'}://${address}:${port}${path}`)
}

/** Who listens on all addresses is asked on loopback. */
function hereOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** @throws CommandFailure if there is none. */
async function answerOf(url: URL): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const answer = await answered(url)
    return { status: answer.statusCode ?? 0, body: await text(answer) }
  } catch (error) {
    throw new CommandFailure(`${url.href} does not answer: ${reasonOf(error)}`, NOT_WELL)
  }
}

/** A name with several addresses that all refuse makes an error without a message. */
function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'AbortError') return `not within ${ANSWER_MS_MAX / 1_000} s`
  return message === '' ? String(code) : message
}

function answered(url: URL): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestTls : requestPlain
  const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(ANSWER_MS_MAX) }
  return new Promise((resolve, reject) => {
    request(url, options, resolve).once('error', reject).end()
  })
}
