/** Options as anybody may have written them: JavaScript checks no types, and JSON has none to check. */
import { SandboxRefused, shown } from './refused.ts'

interface Check {
  readonly expected: string
  readonly isGood: (value: unknown) => boolean
}

const FLAG: Check = {
  expected: 'true or false',
  isGood: (value) => typeof value === 'boolean',
}

/** Undefined where whoever reads the option says more than a check could. */
const OPTIONS: Readonly<Record<string, Check | undefined>> = {
  seed: undefined,
  now: {
    expected: 'an instant such as 2026-11-23T12:00:00Z',
    isGood: (value) => value !== null,
  },
  clock: {
    expected: 'frozen or running',
    isGood: (value) => value === 'frozen' || value === 'running',
  },
  profile: {
    expected: 'the name of a profile, the path of a file, or an object such as { lastHourMs: 0 }',
    isGood: (value) => typeof value === 'string' || isRecord(value),
  },
  regions: {
    expected: 'a list of Regions, such as us-east-1',
    isGood: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  },
  quotas: FLAG,
  anyCredentials: FLAG,
  faultSeed: undefined,
  port: {
    expected: 'a whole number from 0 to 65535',
    isGood: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  },
}

/** @throws SandboxRefused on an option that there is not, or that cannot be so. */
export function refuseWrongOptions(options: unknown): void {
  if (!isRecord(options)) {
    throw new SandboxRefused(
      400,
      `The options are ${shown(options)}; expected an object such as { seed: 'saas-subscription' }.`,
    )
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new SandboxRefused(
        400,
        `There is no option ${shown(name)}. There are: ${Object.keys(OPTIONS).join(', ')}.`,
      )
    }
    const check = OPTIONS[name]
    if (check === undefined || value === undefined || check.isGood(value)) continue
    throw new SandboxRefused(400, `${name} is ${shown(value)}; expected ${check.expected}.`)
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
