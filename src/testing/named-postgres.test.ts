import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inRole, server, skip } from '../store/postgres/server.spec.ts'
import { checkNamed } from './named-postgres.spec.ts'

for (const [url, sentence] of [
  ['nonsense', /^MARKETMETER_TEST_POSTGRES cannot be used: The ledger’s URL is not one of Postgre/],
  [
    'postgres://role:s3cret@127.0.0.1:1/postgres',
    /cannot be used: No PostgreSQL answers at 127\.0\.0\.1:1\/postgres \(ECONNREFUSED\)\. .* unset it\.$/,
  ],
] as const) {
  it(`a named server that cannot be reached is told in one sentence: ${url.slice(0, 8)}`, async () => {
    await assert.rejects(checkNamed(url), ({ message }: Error) => {
      assert.match(message, sentence)
      assert.doesNotMatch(message, /s3cret|\n/)
      return true
    })
  })
}

it(
  'so is a role that may not make databases; one that may is as good as a superuser',
  { skip },
  async () => {
    const url = server().urlOf('postgres')
    await server().query(
      `do $$ begin create role marketmeter_no_maker; exception when duplicate_object or unique_violation then null; end $$`,
    )
    await checkNamed(url)
    await assert.rejects(
      checkNamed(inRole(url, 'marketmeter_no_maker')),
      /Its role at \S+ may not create databases and roles\. Mend it, or unset it\.$/,
    )
  },
)
