/** The two forms of a signing time: ISO 8601's basic format, and the one that HTTP's own `Date` has. */

const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** 20261123T153000Z. Parts of a second are cut. */
export function formatBasic(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** @returns Milliseconds since 1970, or undefined for another form and for what no calendar has. */
export function parseBasic(text: string): number | undefined {
  const parts = BASIC.exec(text)
  if (parts === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number)
  const instantMs = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC carries: 30 February would be 2 March.
  return formatBasic(instantMs) === text ? instantMs : undefined
}

/** Mon, 23 Nov 2026 15:30:00 GMT: the only form that HTTP lets a sender write today. */
export function parseHttpDate(text: string): number | undefined {
  const instantMs = Date.parse(text)
  if (Number.isNaN(instantMs)) return undefined
  return new Date(instantMs).toUTCString() === text ? instantMs : undefined
}
