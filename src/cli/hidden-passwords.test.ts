import assert from 'node:assert/strict'
import { it } from 'node:test'
import { titleWithoutPasswords, withoutPasswords } from './hidden-passwords.ts'

for (const [text, shown] of [
  ['postgres://role:s3cret@host/usage', 'postgres://role@host/usage'],
  [
    '--ledger=postgresql://role:s3/c@ret@host:5/usage?sslmode=x',
    '--ledger=postgresql://role@host:5/usage?sslmode=x',
  ],
  ['postgres://:s3cret@host/usage', 'postgres://@host/usage'],
  [
    'postgres://role@host/usage?password=s3cret&sslmode=disable',
    'postgres://role@host/usage?password=&sslmode=disable',
  ],
  ['postgres://role@host:5432/usage', 'postgres://role@host:5432/usage'],
  ['http://127.0.0.1:7070 is taken', 'http://127.0.0.1:7070 is taken'],
] as const) {
  it(`${text} is shown as ${shown}`, () => {
    assert.equal(withoutPasswords(text), shown)
  })
}

it('a line without a password keeps its name in the list of processes', () => {
  assert.equal(titleWithoutPasswords(['node', 'main.ts', 'serve', '--data', 'data']), undefined)
  assert.equal(
    titleWithoutPasswords(['node', 'main.ts', '--ledger', 'postgres://a:b@c/d']),
    'node main.ts --ledger postgres://a@c/d',
  )
})
