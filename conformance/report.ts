/** Prints what became of the cases: for people, or one JSON object a line. */
import { requestText } from './answer-body.ts'
import type { Case } from './case.ts'
import type { Sent } from './exchange.ts'
import type { Failure, Outcome } from './run.ts'
import { SOURCES } from './sources.ts'

export interface Summary {
  passed: number
  failed: number
  skipped: Map<string, number>
}

export type Write = (text: string) => void

export function newSummary(): Summary {
  return { passed: 0, failed: 0, skipped: new Map() }
}

export function count(summary: Summary, outcome: Outcome): void {
  if (outcome.kind === 'passed') summary.passed += 1
  else if (outcome.kind === 'failed') summary.failed += 1
  else summary.skipped.set(outcome.reason, (summary.skipped.get(outcome.reason) ?? 0) + 1)
}

export function printCase(one: Case, outcome: Outcome, write: Write): void {
  if (outcome.kind === 'failed') write(failureText(one, outcome.failure))
}

export function failureText(one: Case, failure: Failure): string {
  const { title, url } = SOURCES[one.source]
  const lines = [
    `FAILED  ${one.name}  (step ${failure.step} of ${one.steps.length})`,
    ...failure.differences.map((sentence) => `        ${sentence}`),
    ...(failure.sent === undefined ? [] : [`        sent: ${sentText(failure.sent)}`]),
    `        rules ${one.rules.join(', ')}; ${title}, ${url}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Never the headers: they hold a session token, and nobody should paste one into an issue. */
function sentText(sent: Sent): string {
  const { method, url } = sent
  return `${method} ${url.pathname}${url.search} ${requestText(sent)}`
}

export function printSummary(
  { passed, failed, skipped }: Summary,
  json: boolean,
  write: Write,
): void {
  if (json) {
    write(`${JSON.stringify({ passed, failed, skipped: Object.fromEntries(skipped) })}\n`)
    return
  }
  for (const [reason, number] of skipped) write(`SKIPPED ${number}: ${reason}\n`)
  const sum = [...skipped.values()].reduce((total, number) => total + number, 0)
  write(`${passed} passed, ${failed} failed, ${sum} skipped\n`)
}

export function printJson(one: Case, outcome: Outcome, write: Write): void {
  const { name, rules, source } = one
  const details =
    outcome.kind === 'failed'
      ? { step: outcome.failure.step, differences: outcome.failure.differences }
      : outcome.kind === 'skipped'
        ? { reason: outcome.reason }
        : {}
  const line = { case: name, outcome: outcome.kind, rules, source: SOURCES[source].url, ...details }
  write(`${JSON.stringify(line)}\n`)
}
