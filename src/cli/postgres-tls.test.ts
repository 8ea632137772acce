/** TLS to PostgreSQL as the URL chooses it: a real server, whose certificate nobody signed but itself. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TEST_TLS } from '../server/tls.spec.ts'
import { ownServer, skipOwn } from '../store/postgres/server.spec.ts'
import type { OwnServer } from '../testing/postgres.ts'
import { runToEnd } from './program.spec.ts'

const SSL = ['ssl=on', 'ssl_cert_file=server.crt', 'ssl_key_file=server.key', 'fsync=off']
const folder = mkdtempSync(path.join(tmpdir(), 'tls-'))
const CA = path.join(folder, 'ca.pem')
after(() => rmSync(folder, { recursive: true }))

describe('TLS to PostgreSQL', { skip: skipOwn }, () => {
  let server: OwnServer

  before(async () => {
    const { cert, key } = TEST_TLS
    writeFileSync(CA, cert)
    server = await ownServer(SSL, { 'server.crt': String(cert), 'server.key': String(key) })
    await server.hostsWithTlsOnly()
  })

  for (const [query, expected] of [
    [`sslmode=verify-full&sslrootcert=${CA}`, 'works'],
    [`sslmode=require&sslrootcert=${CA}`, 'works'],
    ['sslmode=no-verify', 'works'],
    ['sslmode=require&uselibpqcompat=true', 'works'],
    ['sslmode=verify-full', /TLS to PostgreSQL at .* failed \(.*SELF_SIGNED_CERT.*\)\. Check ssl/],
    ['sslmode=require', /TLS to PostgreSQL at .* failed \(.*SELF_SIGNED_CERT.*\)\. Check sslmode/],
    ['sslmode=disable', /refuses the role \(.*no encryption\)/],
    ['', /refuses the role \(.*no encryption\)/],
  ] as const) {
    it(`with ${query.replace(CA, 'ca.pem') || 'no parameter'} ${expected === 'works' ? 'works' : 'is refused'}`, async () => {
      const url = `postgres://postgres@127.0.0.1:${server.port}/postgres?${query}`
      const { code, err } = await runToEnd(['migrate', '--ledger', url])
      if (expected === 'works') assert.deepEqual([code, err], [0, ''])
      else {
        assert.equal(code, 3)
        assert.match(err, expected)
      }
    })
  }
})
