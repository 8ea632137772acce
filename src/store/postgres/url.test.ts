import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { driverUrlOf, placeOf, urlProblemOf } from './url.ts'

describe('the place that people are told', () => {
  for (const [url, place] of [
    ['postgres://role:secret@db.example.com/usage', 'db.example.com:5432/usage'],
    ['postgresql://role@[::1]:6432/usage?sslmode=verify-full', '[::1]:6432/usage'],
  ] as const) {
    it(`of ${url} is ${place}`, () => {
      assert.equal(placeOf(url), place)
    })
  }
})

describe('the URL of a ledger', () => {
  for (const url of [
    'postgres://role@host/database',
    'postgresql://role:s3cret@host:5432/database?sslmode=verify-full&sslrootcert=/ca.pem',
    'postgres://host/database',
    'postgres://role:a,b@host/database',
    'postgres://role:p%40ss%2Fw%23rd@host/database',
    'postgres://role@%2Frun%2Fpostgresql/database',
  ]) {
    it(`may be ${url}`, () => {
      assert.equal(urlProblemOf(url), undefined)
    })
  }

  for (const [url, expected] of [
    ['nonsense', /^The ledger’s URL is not one of PostgreSQL: write postgres:/],
    ['mysql://host/database', /not one of PostgreSQL/],
    ['postgres://host', /not one of PostgreSQL/],
    ['postgres://one,other/database', /names several hosts.* Name one address/],
    ['postgresql://role:a,b@one:5432,other:5433/database', /names several hosts/],
    ['postgres://one,other/database?target_session_attrs=read-write', /names several hosts/],
    ['postgres:///database', /not one of PostgreSQL/],
    ['postgres://role@host/database/more', /not one of PostgreSQL/],
    ['postgres://role:s3cret/w@host/database', /with signs such as @ : \/ \? # in the password/],
    ['postgres://role:1/s3cret@host/database', /not one of PostgreSQL/],
    ['postgres://role:1#s3cret@host/database', /not one of PostgreSQL/],
    ['postgres://role:1?s3cret@host/database', /not one of PostgreSQL/],
    ['postgres://role:1/x?s3cret@host/database', /not one of PostgreSQL/],
    ['postgres://role:s3cret%zz@host/database', /not one of PostgreSQL/],
    ['postgres://role@host/database?ssl_mode=require', /has the parameter ssl_mode, which nothing/],
    ['postgres://role@host/database?host=other', /has the parameter host, which nothing knows/],
    ['postgres://role@host/database?password=s3cret', /has the parameter password, which nothing/],
    [
      'postgres://role@host/database?sslmode=requre',
      /an sslmode that there is not\. There are: dis/,
    ],
  ] as const) {
    it(`is refused as ${url}, and the sentence does not repeat it`, () => {
      const problem = urlProblemOf(url) ?? ''
      assert.match(problem, expected)
      assert.doesNotMatch(problem, /s3cret|requre/)
    })
  }
})

describe('what the driver gets', () => {
  for (const [mode, expected] of [
    ['require', 'verify-full'],
    ['verify-ca', 'verify-full'],
    ['prefer', 'verify-full'],
    ['verify-full', 'verify-full'],
    ['no-verify', 'no-verify'],
    ['disable', 'disable'],
  ] as const) {
    it(`says ${expected} where the URL says ${mode}, which is what it does`, () => {
      const url = driverUrlOf(`postgres://role:p%40ss@host/database?sslmode=${mode}`)
      assert.equal(url, `postgres://role:p%40ss@host/database?sslmode=${expected}`)
    })
  }

  it('is as it was written where the meaning of libpq is asked for, or no TLS is spoken of', () => {
    for (const url of [
      'postgres://role@host/database?sslmode=require&uselibpqcompat=true',
      'postgres://role@host/database',
    ]) {
      assert.equal(driverUrlOf(url), url)
    }
  })
})
