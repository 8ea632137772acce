/** The two forms of a signing time: ISO 8601's basic format, and the one that HTTP's own `Date` has. */

const BASIC = /^\d{8}T\d{6}Z$/

/** 20261123T153000Z. Parts of a second are cut. */
export function formatBasic(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** @returns Milliseconds since 1970, or undefined for another form and for what no calendar has. */
export function parseBasic(text: string): number | undefined {
  if (!BASIC.test(text)) return undefined
  const year = numberAt(text, 0) * 100 + numberAt(text, 2)
  const month = numberAt(text, 4)
  const day = numberAt(text, 6)
  const hour = numberAt(text, 9)
  const minute = numberAt(text, 11)
  const second = numberAt(text, 13)
  // Date.UTC takes years below 100 for 19xx, and carries: 30 February would be 2 March.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month))
    return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** Mon, 23 Nov 2026 15:30:00 GMT: the only form that HTTP lets a sender write today. */
export function parseHttpDate(text: string): number | undefined {
  const instantMs = Date.parse(text)
  if (Number.isNaN(instantMs)) return undefined
  return new Date(instantMs).toUTCString() === text ? instantMs : undefined
}

/** Two digits. Plain arithmetic, because each request passes here. */
function numberAt(text: string, index: number): number {
  return (text.charCodeAt(index) - 48) * 10 + text.charCodeAt(index + 1) - 48
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}
