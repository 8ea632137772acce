/** What the pages for buyers are made of. */
import type { ProductEntry } from '../../core/control-entries.ts'
import type { ControlStore } from '../../store/control.ts'
import type { ControlState } from '../control-state.ts'
import type { ExampleSellers } from '../example-seller/sellers.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import type { Log } from '../log.ts'

export interface PurchaseParts {
  readonly control: Pick<ControlState, 'index' | 'change' | 'note' | 'refresh' | 'freshen'>
  readonly controlStore: Pick<ControlStore, 'useToken'>
  readonly masterKeys: Pick<MasterKeyRing, 'current' | 'find'>
  readonly log: Log
  /** Domain time, milliseconds since 1970. */
  readonly nowMs: () => number
  /** Effort time, milliseconds since 1970: how long links are good. */
  readonly machineNowMs: () => number
  /** Where buyers arrive whose product does not say it. */
  readonly fulfilmentUrlOf?: (product: ProductEntry) => string | undefined
  /** Present in a demo alone: a marketplace where a buyer is picked from a list, and sellers at whom to arrive. */
  readonly demo?: ExampleSellers
}
