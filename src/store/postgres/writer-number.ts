/** A number that tells a writer from every other that this database has or had. */
import { randomInt } from 'node:crypto'
import { onConnection, type Pool } from './connect.ts'

const WRITER_END = 0x7fff_ffff

export async function takeWriterNumber(pool: Pool): Promise<number> {
  for (;;) {
    const number = randomInt(1, WRITER_END)
    const { rowCount } = await onConnection(pool, (client) =>
      client.query('insert into writer (writer) values ($1) on conflict do nothing', [number]),
    )
    if (rowCount === 1) return number
  }
}
