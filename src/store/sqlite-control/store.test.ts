import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import type { BuyerEntry, ControlEntry } from '../../core/control-entries.ts'
import type {
  AccountId,
  AgreementId,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../../core/usage.ts'
import { controlStoreSpec } from '../control.spec.ts'
import { SqliteControlStore } from './store.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'control-'))
after(() => rmSync(folder, { recursive: true }))

let fileCount = 0
function newPath(): string {
  return path.join(folder, `control-${++fileCount}.db`)
}

controlStoreSpec('sqlite', async (bounds) => new SqliteControlStore(newPath(), bounds))

describe('control.db', () => {
  it('keeps everything over a restart, readable to its owner alone', async () => {
    const file = newPath()
    const first = new SqliteControlStore(file)
    await commit(first, 0, [buyer('one')])
    for (const suffix of ['', '-wal', '-shm']) {
      assert.equal(statSync(file + suffix).mode & 0o777, 0o600)
    }
    await first.close()
    const second = new SqliteControlStore(file)
    assert.deepEqual(await second.changesAfter(0), { version: 1, entries: [buyer('one')] })
    await second.close()
  })

  it('shows one process what another has changed, and takes writers in turn', async () => {
    const file = newPath()
    const server = new SqliteControlStore(file)
    const command = new SqliteControlStore(file)
    assert.equal((await server.changesAfter(0)).version, 0)
    await commit(command, 0, [buyer('one')])
    assert.deepEqual(await server.changesAfter(0), { version: 1, entries: [buyer('one')] })
    assert.equal(await commit(server, 0, [buyer('two')]), 'stale')
    assert.deepEqual(await commit(server, 1, [buyer('two')]), { version: 2 })
    assert.deepEqual(await server.changesAfter(1), { version: 2, entries: [buyer('two')] })
    assert.deepEqual(await command.changesAfter(1), { version: 2, entries: [buyer('two')] })
    await server.close()
    await command.close()
  })

  it('says at once that another process is writing, and nothing is written', async () => {
    const file = newPath()
    const store = new SqliteControlStore(file)
    await commit(store, 0, [buyer('one')])
    const writer = new DatabaseSync(file)
    writer.exec('begin immediate')
    assert.equal(await commit(store, 1, [buyer('two')]), 'busy')
    assert.equal(await store.appendRefusals([]), 'busy')
    assert.deepEqual(await store.changesAfter(0), { version: 1, entries: [buyer('one')] })
    writer.exec('commit')
    assert.deepEqual(await commit(store, 1, [buyer('two')]), { version: 2 })
    assert.equal(await store.appendRefusals([]), 'kept')
    writer.close()
    await store.close()
  })

  it('refuses, by itself, to move what is fixed and to delete anything', async () => {
    const file = newPath()
    const store = new SqliteControlStore(file)
    await commit(store, 0, [agreement('agmt-1', '222233334444'), buyer('one')])
    await assert.rejects(commit(store, 1, [agreement('agmt-1', '999933334444')]), /for ever/)
    await assert.rejects(commit(store, 1, [agreement('agmt-2', '222233334444')]), /UNIQUE/)
    assert.equal((await store.changesAfter(0)).version, 1)
    const outside = new DatabaseSync(file)
    assert.throws(() => outside.exec('delete from entry'), /never deleted/)
    assert.throws(() => outside.exec('delete from change'), /append-only/)
    outside.close()
    await store.close()
  })

  it('reads more entries than one page holds, each once', async () => {
    const store = new SqliteControlStore(newPath())
    const accounts = Array.from({ length: 2_500 }, (_, index) => String(200_000_000_000 + index))
    const buyers = accounts.map((account) => ({ ...buyer(account), account: account as AccountId }))
    await commit(store, 0, buyers)
    await commit(store, 1, [agreement('agmt-1', '222233334444')])
    const { entries } = await store.changesAfter(0)
    assert.equal(entries.length, 2_501)
    assert.deepEqual(
      entries.filter(({ kind }) => kind === 'buyer'),
      buyers,
    )
    await store.close()
  })

  it('refuses a file from a newer version with a sentence', async () => {
    const file = newPath()
    await new SqliteControlStore(file).close()
    const outside = new DatabaseSync(file)
    outside.exec('pragma user_version = 99')
    outside.close()
    assert.throws(() => new SqliteControlStore(file), /newer Marketmeter \(schema 99/)
  })
})

function commit(store: SqliteControlStore, upon: number, entries: readonly ControlEntry[]) {
  return store.commit({ upon, entries, atMs: 5 as InstantMs, actor: 'user:ann', summary: '' })
}

function buyer(name: string): BuyerEntry {
  return { kind: 'buyer', account: '222233334444' as AccountId, name, retired: false }
}

function agreement(id: string, account: string): ControlEntry {
  return {
    kind: 'agreement',
    id: id as AgreementId,
    licenseArn: 'arn:one' as LicenseArn,
    product: 'product' as ProductCode,
    buyer: account as AccountId,
    startMs: 0 as InstantMs,
    status: 'active',
  }
}
