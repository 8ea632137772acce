/**
 * The text of docs/errors.md, made from the error table, so that the two cannot differ.
 *
 * Checked by  errors-page.test.ts, which compares the file with this. `npm run docs` writes it.
 */
import { ERRORS } from '../src/core/errors.ts'

const OPENING = `# Errors

Every error that the metering API can answer. Made by \`npm run docs\` from \`src/core/errors.ts\`; edit that file, not
this one. Names and statuses are AWS's. *Again* says whether the same request can succeed later without a change. But
for \`InternalServiceErrorException\`, which cannot tell, nothing of a refused batch is kept.

| Error | Status | Again | What is wrong, and what to do |
|---|---|---|---|
`

export function errorsPage(): string {
  return (
    OPENING +
    Object.entries(ERRORS)
      .map(([code, rule]) => row(code, rule))
      .join('')
  )
}

const STATUS_BY_PROFILE: Readonly<Record<string, string>> = {
  auth: '400 or 403, by profile',
  token: '409 or 400, by profile',
}

function row(code: string, rule: (typeof ERRORS)[keyof typeof ERRORS]): string {
  const status = STATUS_BY_PROFILE[rule.httpStatus] ?? String(rule.httpStatus)
  const again = rule.retry === 'later' ? 'yes' : 'no'
  return `| \`${code}\` | ${status} | ${again} | ${rule.meaning.replaceAll('|', '\\|')} |\n`
}
