/** What somebody asked of a sandbox and cannot have. The message is for them: one sentence, with what there is instead. */
export class SandboxRefused extends Error {
  readonly status: 400 | 403 | 404 | 409

  constructor(status: SandboxRefused['status'], message: string) {
    super(message)
    this.name = 'SandboxRefused'
    this.status = status
  }
}

const SHOWN_LENGTH_MAX = 80

/** What somebody gave, as a refusal shows it: whatever it is, and never longer than a line. */
export function shown(value: unknown): string {
  const text = textOf(value)
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text
}

function textOf(value: unknown): string {
  // JSON has neither infinities nor integers of any length.
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (['undefined', 'function', 'symbol'].includes(typeof value)) return typeof value
  try {
    return JSON.stringify(value)
  } catch {
    return 'an object that JSON cannot say'
  }
}
