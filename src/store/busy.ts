/** A store that has as much to look up as it can, for as long as anybody waits. It is not broken. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy'

  constructor() {
    super('As many pages as can be are being read already. Ask again in a moment.')
  }
}
