/** A fresh folder, a catalog, a service and its generators around one measurement; all gone afterwards. */
import { seedCatalog } from './catalog.ts'
import { Generator } from './generator-process.ts'
import type { Caller, KeySpace } from './requests.ts'
import { type BenchService, newDataFolder, type StartOptions, startService } from './service.ts'

export interface Bed {
  readonly folder: string
  readonly service: BenchService
  /** One for each seller. */
  readonly callers: readonly Caller[]
  /** A new generator, stopped at the end. */
  generator(connections: number): Generator
}

export interface BedOptions extends StartOptions {
  readonly space: KeySpace
  readonly sellers?: number
  /** Puts something into the folder before the service starts. */
  readonly before?: (folder: string) => Promise<void>
}

export async function onBed<Result>(
  { space, sellers = 1, before, ...options }: BedOptions,
  measure: (bed: Bed) => Promise<Result>,
): Promise<Result> {
  const folder = newDataFolder()
  const generators: Generator[] = []
  try {
    const callers = await seedCatalog(folder.path, space, sellers)
    await before?.(folder.path)
    const service = await startService(folder.path, options)
    try {
      return await measure({
        folder: folder.path,
        service,
        callers,
        generator(connections) {
          const generator = new Generator({ host: service.host, port: service.port, connections })
          generators.push(generator)
          return generator
        },
      })
    } finally {
      for (const generator of generators) generator.stop()
      await service.stop()
    }
  } finally {
    folder.remove()
  }
}

/** The caller of one seller. @throws RangeError if there are not so many. */
export function callerOf({ callers }: Pick<Bed, 'callers'>, seller: number): Caller {
  const caller = callers[seller]
  if (caller === undefined) throw new RangeError(`there is no seller ${seller}`)
  return caller
}
