/**
 * The service without its refusal log and metrics: what the two cost is the difference. A yardstick, no product.
 *
 * Run by the bench with the folder as its only argument; prints a ready line as `serve --json` does.
 */
import { join } from 'node:path'
import { BUILT_IN_PROFILES } from '../src/core/profile.ts'
import { windowMsOf } from '../src/core/window.ts'
import { ControlState } from '../src/server/control-state.ts'
import { openMasterKeyFile } from '../src/server/keys/master-key-file.ts'
import { SigningKeys } from '../src/server/keys/signing-keys.ts'
import type { Observer } from '../src/server/service.ts'
import { startService } from '../src/server/start.ts'
import { SqliteControlStore } from '../src/store/sqlite-control/store.ts'
import { SqliteLedger } from '../src/store/sqlite/sqlite-ledger.ts'

const NOTHING: Observer = {
  answered: () => undefined,
  settled: () => undefined,
  refused: () => undefined,
  failed: (_request, error) => {
    process.stderr.write(`${String(error)}\n`)
  },
}

const [folder = '.'] = process.argv.slice(2)
const [profile] = BUILT_IN_PROFILES
const masterKeys = openMasterKeyFile(join(folder, 'master.key'))
if (profile === undefined || !masterKeys.ok) throw new Error('no profile, or no master key')
const ledger = await SqliteLedger.open({
  file: join(folder, 'ledger.db'),
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1_000),
  windowMs: windowMsOf(profile),
  mark: 'production',
})
const control = new SqliteControlStore(join(folder, 'control.db'))
const state = await ControlState.open(control)
const service = await startService({
  profile,
  regions: ['us-east-1'],
  ledger,
  catalog: state.index,
  masterKeys: masterKeys.ring,
  tokenUses: control,
  signingKeys: new SigningKeys('aws-marketplace', 10_000),
  observer: NOTHING,
  health: () => undefined,
  host: '127.0.0.1',
  port: 0,
  quotas: false,
  waitingMax: 20_000,
  connectionsMax: 10_000,
})
process.once('SIGTERM', () => {
  service
    .close(10_000)
    .then(() => Promise.all([ledger.close(), control.close()]))
    .catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exitCode = 1
    })
})
process.stdout.write(`${JSON.stringify({ endpoint: service.endpoint, adminEndpoint: '' })}\n`)
