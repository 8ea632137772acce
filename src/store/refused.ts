/** A ledger that cannot be opened, in a sentence that says what to do. No stack is of use to anybody. */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused'
}

/** Another process is writing it: the same may work in a moment. */
export class LedgerLocked extends LedgerRefused {}
