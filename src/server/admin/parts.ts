/** What the routes of the admin API have in common: what they are made of, and the application that they are added to. */
import type { Server } from 'node:http'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
} from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { ProductEntry } from '../../core/control-entries.ts'
import type { ControlStore } from '../../store/control.ts'
import type { Ledger } from '../../store/ledger.ts'
import type { Health } from '../health.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { CatalogDocuments } from './catalog-documents.ts'
import type { AdminControl } from './change.ts'

export interface AdminParts {
  readonly control: AdminControl
  /** For the change log, the refusals and the notifications. */
  readonly controlStore: Pick<ControlStore, 'readLog' | 'readRefusals' | 'notices'>
  readonly ledger: Pick<Ledger, 'read'>
  readonly masterKeys: Pick<MasterKeyRing, 'current' | 'find'>
  readonly health: Pick<Health, 'report'>
  readonly metrics: Pick<Metrics, 'page' | 'contentType'>
  readonly log: Log
  /** Domain time, milliseconds since 1970. */
  readonly nowMs: () => number
  /** Effort time, milliseconds since 1970: expiry of tokens. */
  readonly machineNowMs: () => number
  readonly version: string
  /** Reads a catalog document; without it `POST /v1/catalog` is not available. */
  readonly documents?: CatalogDocuments
  /** The pages for buyers; without them no purchase link can be made. */
  readonly purchases?: PurchaseSite
  /** Lets `GET /metrics` through without a token. */
  readonly metricsOpen: boolean
}

export interface PurchaseSite {
  /** By which buyers reach it. */
  readonly origin: string
  readonly fulfilmentUrlOf: (product: ProductEntry) => string | undefined
}

/** Types requests and answers by their schemas. */
export interface TypeBoxProvider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

export type AdminApp = FastifyInstance<
  Server,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxProvider
>

/** Adds the routes of one resource. */
export type AdminRoutes = (app: AdminApp, parts: AdminParts) => void
