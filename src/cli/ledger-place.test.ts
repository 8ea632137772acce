import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseLedger, type LedgerPlace, type Naming, nameOf, readLedger } from './ledger-place.ts'
import type { Written } from './settings.ts'

const POSTGRES = 'postgres://role:s3cret@host/usage'

describe('what --ledger takes', () => {
  const rows: readonly (readonly [string, LedgerPlace])[] = [
    [POSTGRES, { kind: 'postgres', url: POSTGRES }],
    ['postgresql://host/usage', { kind: 'postgres', url: 'postgresql://host/usage' }],
    ['sqlite:data', { kind: 'sqlite', folder: 'data' }],
    ['sqlite:/var/lib/marketmeter', { kind: 'sqlite', folder: '/var/lib/marketmeter' }],
    ['sqlite:data/ledger.db', { kind: 'sqlite', folder: 'data' }],
    ['sqlite:ledger.db', { kind: 'sqlite', folder: '.' }],
  ]
  for (const [text, place] of rows) {
    it(`${text} is ${nameOf(place)}`, () => {
      assert.deepEqual(readLedger(text), { ok: true, place })
    })
  }

  for (const [text, expected] of [
    ['', /^expected postgres:\/\/role@host:5432\/database, or sqlite:FOLDER$/],
    ['data', /^expected postgres:/],
    ['mysql://role:s3cret@host/usage', /^expected postgres:/],
    ['postgres://role:s3cret@host', /^The ledger’s URL is not one of PostgreSQL/],
    ['postgres://role:s3cret@host/usage?ssl=1', /has the parameter ssl, which nothing knows/],
    ['sqlite:', /^expected sqlite:FOLDER or sqlite:FOLDER\/ledger\.db$/],
    ['sqlite:data/usage.db', /^expected sqlite:FOLDER or sqlite:FOLDER\/ledger\.db$/],
    ['sqlite://data', /^expected sqlite:FOLDER/],
  ] as const) {
    it(`"${text}" is refused, and not repeated`, () => {
      const reading = readLedger(text)
      assert(!reading.ok)
      assert.match(reading.problem, expected)
      assert.doesNotMatch(reading.problem, /s3cret/)
    })
  }
})

describe('which ledger is meant', () => {
  const data = written('--data', 'here')
  const ledger = written('MARKETMETER_LEDGER', POSTGRES)
  const rows: readonly (readonly [string, readonly Naming[], string])[] = [
    ['the folder called data, if nobody says anything', [{}, {}, {}], 'data/ledger.db (sqlite)'],
    ['the nearest: a flag before a variable', [{ data }, { ledger }], 'here/ledger.db (sqlite)'],
    ['the nearest, whichever it is', [{ ledger }, { data }], 'host:5432/usage (postgres)'],
    ['a farther one, if the nearest says nothing', [{}, { ledger }], 'host:5432/usage (postgres)'],
  ]
  for (const [what, namings, name] of rows) {
    it(`is ${what}`, () => {
      const chosen = chooseLedger(namings)
      assert(chosen.ok)
      assert.equal(nameOf(chosen.place), name)
    })
  }

  it('is refused where one place says two', () => {
    assert.deepEqual(chooseLedger([{ data, ledger }]), {
      ok: false,
      problem: '--data and MARKETMETER_LEDGER both say where the ledger is; give one of them',
    })
  })
})

function written(where: string, text: string): Written {
  return { where, text }
}
