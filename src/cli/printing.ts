/** Long outputs: as fast as the reader takes them, and a reader that leaves (`| head`) is no failure. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export async function printAll(
  out: NodeJS.WritableStream,
  texts: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  try {
    await pipeline(Readable.from(texts), out, { end: false })
  } catch (error) {
    if (!hasLeft(error)) throw error
  }
}

/** Without this, a stack trace ends whatever writes after its reader has left. */
export function endureReadersThatLeave(...streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error) => {
      if (!hasLeft(error)) throw error
    })
  }
}

function hasLeft(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
