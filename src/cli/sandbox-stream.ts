/**
 * What a sandbox sends for as long as it runs, line by line.
 *
 * Why not fetch  It gives a body up that says nothing for five minutes, and a sandbox may well be asked nothing for so long.
 * Checked by     sandbox-tail.test.ts
 */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { CommandFailure } from './command.ts'
import {
  DEFAULT_URL,
  noAnswer,
  NOT_DONE,
  placeOf,
  refusalIn,
  type SandboxOptionValues,
} from './sandbox-api.ts'

/** @returns Ends when the sandbox does. @throws CommandFailure where there is no sandbox, or it refuses. */
export async function followed(
  { url = DEFAULT_URL }: SandboxOptionValues,
  path: string,
): Promise<AsyncIterable<string>> {
  const place = placeOf(url)
  const answer = await answerTo(`${place}${path}`).catch((error: unknown) => {
    throw noAnswer(place, error)
  })
  if (answer.statusCode === 200) return linesOf(answer)
  throw new CommandFailure(refusalIn(await text(answer), place), NOT_DONE)
}

async function answerTo(url: string): Promise<IncomingMessage> {
  const request = (url.startsWith('https:') ? https : http).get(url)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return answer
}

async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of answer as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    // A sandbox that stops breaks off; what it said whole was shown.
    if (!answer.errored) throw error
  }
}
