/** The clock of a sandbox: shown, moved, stopped, let go. */
import type { ClockView } from '../../sandbox/control/views.ts'
import { parseDuration } from '../../server/written-instant.ts'
import { CommandFailure, defineCommand } from '../command.ts'
import {
  askWorkspace,
  SANDBOX_EXITS,
  SANDBOX_OPTIONS,
  type SandboxOptionValues,
  WRONG_LINE,
} from '../sandbox-api.ts'

export const sandboxClock = defineCommand({
  name: 'sandbox clock',
  summary: 'Show a sandbox’s clock, or move it',
  help: `
    Windows, hours, tokens and agreements go by it. It goes forward only; a reset begins it anew.

    $ marketmeter sandbox clock
    $ marketmeter sandbox clock --advance 7h
    $ marketmeter sandbox clock --set 2026-12-01T00:00:00Z --freeze
    $ marketmeter sandbox clock --run
  `,
  options: {
    ...SANDBOX_OPTIONS,
    json: { type: 'boolean', about: 'Print JSON' },
    advance: {
      type: 'string',
      value: 'SPAN',
      about: 'Move it on by so much: 90s, 15m, 1h30m, 30d',
    },
    set: { type: 'string', value: 'INSTANT', about: 'Move it to an instant' },
    freeze: { type: 'boolean', about: 'Let it stand still until it is moved' },
    run: { type: 'boolean', about: 'Let it run on from where it is' },
  },
  exits: SANDBOX_EXITS,
  async run({ options, io }) {
    const clock = await moved(options, options)
    if (options.json) io.out.write(`${JSON.stringify(clock)}\n`)
    else io.out.write(`${clock.now} ${clock.clock}\n`)
    return 0 as const
  },
})

interface Moves {
  readonly advance: string | undefined
  readonly set: string | undefined
  readonly freeze: boolean
  readonly run: boolean
}

async function moved(
  options: SandboxOptionValues,
  { advance, set, freeze, run }: Moves,
): Promise<ClockView> {
  if (freeze && run) throw new CommandFailure('--freeze and --run exclude each other.', WRONG_LINE)
  if (advance !== undefined && set !== undefined) {
    throw new CommandFailure('--advance and --set exclude each other.', WRONG_LINE)
  }
  if (advance !== undefined) {
    const milliseconds = spanOf(advance)
    if (milliseconds === undefined) {
      throw new CommandFailure(
        '--advance: expected a span such as 90s, 15m, 1h30m or 30d',
        WRONG_LINE,
      )
    }
    await askWorkspace(options, '/clock/advance', { method: 'POST', body: { milliseconds } })
  }
  const body = {
    ...(set !== undefined && { now: set }),
    ...(freeze && { clock: 'frozen' }),
    ...(run && { clock: 'running' }),
  }
  return askWorkspace<ClockView>(options, '/clock', { method: 'PUT', body })
}

/** Parts add up, as in 1h30m. */
function spanOf(text: string): number | undefined {
  const parts = text.match(/\d+\D/g) ?? []
  if (parts.length === 0 || parts.join('') !== text) return undefined
  return parts.reduce<number | undefined>((sum, part) => {
    const milliseconds = parseDuration(part)
    return sum === undefined || milliseconds === undefined ? undefined : sum + milliseconds
  }, 0)
}
