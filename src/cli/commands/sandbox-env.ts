/** The variables by which an AWS SDK that is told nothing in code finds a sandbox that runs. */
import type { WorkspaceView } from '../../sandbox/control/views.ts'
import { environmentFor } from '../../sandbox/environment.ts'
import { keyFor } from '../../sandbox/facts.ts'
import { SandboxRefused } from '../../sandbox/refused.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  askWorkspace,
  NOT_DONE,
  SANDBOX_EXITS,
  SANDBOX_OPTIONS,
  WRONG_LINE,
} from '../sandbox-api.ts'

const FORMS = ['sh', 'powershell', 'dotenv', 'json'] as const
type Form = (typeof FORMS)[number]

export const sandboxEnv = defineCommand({
  name: 'sandbox env',
  summary: 'Print the variables that point AWS SDKs at a sandbox',
  help: `
    Endpoint, Region and keys, as every AWS SDK and the AWS CLI read them: the sandbox must run. Unset is
    what would disturb them: a session token that the key does not have, AWS_PROFILE, which brings other keys,
    and AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, which has the endpoints passed over. A dotenv file cannot do that.

    $ marketmeter sandbox env
    $ eval "$(marketmeter sandbox env)"
    $ marketmeter sandbox env --form dotenv > .env.test
    $ marketmeter sandbox env --account 222233334444 --resource task-1
    $ marketmeter sandbox env --form powershell | Invoke-Expression
  `,
  options: {
    ...SANDBOX_OPTIONS,
    account: {
      type: 'string',
      value: 'ACCOUNT',
      about: 'Whose key (default: the first of the seed, a seller’s)',
    },
    resource: {
      type: 'string',
      value: 'RESOURCE',
      about: 'Of its keys the temporary one that runs on this resource, such as task-1',
    },
    form: {
      type: 'string',
      value: 'FORM',
      choices: FORMS,
      about: 'Who reads it (default sh)',
    },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const view = await askWorkspace<WorkspaceView>(options, '')
    const key = chosenKey(view, options)
    const variables = environmentFor(view, key)
    io.out.write(environmentText(variables, options.form ?? 'sh'))
    return 0 as const
  },
})

interface KeyChoice {
  readonly account: string | undefined
  readonly resource: string | undefined
}

function chosenKey({ keys }: WorkspaceView, { account, resource }: KeyChoice) {
  try {
    return keyFor(keys, account ?? keys[0]?.account ?? '', resource)
  } catch (error) {
    if (!(error instanceof SandboxRefused)) throw error
    throw new CommandFailure(error.message, WRONG_LINE)
  }
}

/** Would go along with the key and be refused, bring other keys, or have endpoints passed over. */
const DISTURBING = ['AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']

/** A seed says what a secret is, so a value is text and nothing else, whatever is in it. */
const ASSIGNED: Readonly<Record<Exclude<Form, 'json'>, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  // Typographic quotes are quotes there, too.
  powershell: (name, value) => `$env:${name} = '${value.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`,
  dotenv: (name, value) => `${name}=${dotenvValue(value)}`,
}

/** There is no escaping that all readers of such files know, so it stands in quotes that it does not have; where it needs none, some know none. */
function dotenvValue(value: string): string {
  if (/^[\w./:@%+=,-]+$/.test(value)) return value
  const quote = ["'", '"', '`'].find((one) => !value.includes(one))
  if (quote === undefined) {
    const text =
      'A dotenv file cannot say a secret that has all three kinds of quotes. Take --form json.'
    throw new CommandFailure(text, NOT_DONE)
  }
  return `${quote}${value}${quote}`
}

export function environmentText(variables: Readonly<Record<string, string>>, form: Form): string {
  if (form === 'json') return `${JSON.stringify(variables)}\n`
  const assigned = ASSIGNED[form]
  const lines = Object.entries(variables).map(([name, value]) => assigned(name, value))
  const unset = DISTURBING.filter((name) => !(name in variables))
  if (form === 'sh') lines.push(`unset ${unset.join(' ')}`)
  if (form === 'powershell') lines.push(...unset.map((name) => `$env:${name} = $null`))
  return `${lines.join('\n')}\n`
}
