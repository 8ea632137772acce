/**
 * Plays an SDK that is told nothing in code: it must find the sandbox by its environment alone.
 *
 * Apart     Each set of variables has a process and a workspace of its own, which says what reached it.
 * Far       The sandbox's clock stands three months before the machine's, by which SDKs sign.
 * Nowhere   The Region is one that AWS does not have, and the proxy is a closed port, so a variable that is not honoured ends at a
 *           name that nobody resolves, and never at AWS.
 */
import pLimit from 'p-limit'
import { workspaceView } from '../../src/sandbox/control/views.ts'
import { environmentFor } from '../../src/sandbox/environment.ts'
import type { Exchange } from '../../src/sandbox/exchange.ts'
import { settingsOf } from '../../src/sandbox/options.ts'
import { openWirePort } from '../../src/sandbox/port.ts'
import { Workspaces } from '../../src/sandbox/workspaces.ts'
import { checkLines, type Traits } from './check.ts'
import {
  environmentQuestions,
  type VariableSet,
  variableSets,
  variablesOf,
} from './environment-script.ts'
import { type Ended, run } from './process.ts'
import type { SdkQuestion } from './step.ts'
import type { Toolchain } from './toolchains.ts'

const DAYS_AWAY = 92
const NO_REGION = 'us-nowhere-1'
const CLOSED_PORT = 'http://127.0.0.1:1'
const SURROUNDINGS = {
  HTTPS_PROXY: CLOSED_PORT,
  https_proxy: CLOSED_PORT,
  // A call that cannot be sent is not to be tried for seconds.
  AWS_MAX_ATTEMPTS: '1',
}
const PROCESSES_AT_ONCE = 2

/** @returns What is wrong, a sentence each. */
export async function playFromEnvironment(toolchain: Toolchain): Promise<readonly string[]> {
  // A whole second: what SDKs make of its parts is for the script that all of them play.
  const nowMs = Math.floor(Date.now() / 1_000) * 1_000 - DAYS_AWAY * 86_400_000
  const settings = await settingsOf({ seed: 'saas-contract', now: nowMs, regions: [NO_REGION] })
  const workspaces = new Workspaces()
  await workspaces.openDefault(settings)
  const port = await openWirePort(workspaces.handle, { host: '127.0.0.1', port: 0 })
  const endpoints = { endpoint: port.endpoint, controlEndpoint: '' }
  const limit = pLimit(PROCESSES_AT_ONCE)
  const play = async (set: VariableSet) => {
    const { id, workspace } = await workspaces.create(settings)
    const view = workspaceView(id, workspace, endpoints)
    const questions = questionsOf(view.buyers[0], nowMs, toolchain.traits)
    const variables = variablesOf(set.given, environmentFor(view, view))
    const ended = await runWith(variables, toolchain, questions)
    const exchanges = workspace.journal.after(0)
    return problemsOf(set, questions, { ...ended, exchanges }, toolchain.traits)
  }
  try {
    return (await limit.map(variableSets(toolchain.name), play)).flat()
  } finally {
    await port.close()
  }
}

function questionsOf(
  buyer: Parameters<typeof environmentQuestions>[0] | undefined,
  nowMs: number,
  { unsupported }: Traits,
): readonly SdkQuestion[] {
  if (buyer === undefined) throw new Error('the seed saas-contract has no buyer')
  return environmentQuestions(buyer, nowMs).filter(
    ({ operation }) => !unsupported?.includes(operation),
  )
}

function runWith(
  variables: Readonly<Record<string, string>>,
  { run: command, folder }: Toolchain,
  questions: readonly SdkQuestion[],
): Promise<Ended> {
  const environment = { ...command.environment, ...SURROUNDINGS, ...variables }
  const script = { from: 'environment', steps: questions }
  return run({ ...command, environment }, folder, JSON.stringify(script))
}

/** What a process printed, and what its workspace was asked meanwhile. */
export interface Watched extends Ended {
  readonly exchanges: readonly Exchange[]
}

export function problemsOf(
  { given, reaches }: VariableSet,
  questions: readonly SdkQuestion[],
  { exitCode, stdout, stderr, exchanges }: Watched,
  traits: Traits,
): readonly string[] {
  const lines = stdout.split('\n')
  const found = exitCode === 0 ? [] : [`it ended with ${String(exitCode)}: ${stderr}`]
  for (const [index, question] of questions.entries()) {
    const { operation } = question
    const line = lines[index] ?? ''
    const isReached = exchanges.some((exchange) => isAnswered(exchange, operation))
    if (reaches.includes(operation)) {
      if (!isReached) found.push(`${operation} did not reach the sandbox`)
      found.push(...checkLines([question], line, traits, new Map()))
    } else if (isReached || !line.includes('"error":')) {
      found.push(`${operation} got an answer, and by the table it gets none`)
    }
  }
  return found.map((problem) => `${given}: ${problem}`)
}

/** By its own Region: an SDK that has a Region of its own did not honour the variable. */
function isAnswered(
  { operation, answer, request }: Exchange,
  asked: SdkQuestion['operation'],
): boolean {
  const authorization = request.headers.find(([name]) => name.toLowerCase() === 'authorization')
  return (
    operation === asked &&
    answer.status === 200 &&
    authorization?.[1].includes(`/${NO_REGION}/`) === true
  )
}
