/** Not the monotonic clock, which stands still while the machine sleeps; the ledger keeps the order itself. */
export function nowUs(): number {
  return Date.now() * 1_000
}
