import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TEST_TLS } from '../server/tls.spec.ts'
import { nameOf } from './ledger-place.ts'
import { isLoopback, readServeConfig, type ServeSources, tlsProblem } from './serve-config.ts'
import { flagOf, SERVE_SETTINGS, SETTING_NAMES, variableOf } from './serve-options.ts'

async function problemsOf(sources: Partial<ServeSources>): Promise<readonly string[]> {
  const result = await readServeConfig({ options: {}, env: {}, ...sources })
  return result.ok ? [] : result.problems
}

async function valuesOf(sources: Partial<ServeSources>) {
  const result = await readServeConfig({ options: {}, env: {}, ...sources })
  assert(result.ok, JSON.stringify(result))
  return result.config.values
}

describe('the settings of serve', () => {
  it('have a default each', async () => {
    const values = await valuesOf({})
    for (const name of SETTING_NAMES) assert.deepEqual(values[name], SERVE_SETTINGS[name].fallback)
  })

  it('come from a flag, else a variable, else the file, else the default', async () => {
    const options = { config: 'my.yaml', port: '1' }
    const env = { MARKETMETER_PORT: '2', MARKETMETER_ADMIN_PORT: '3', PATH: '/bin' }
    const file = 'port: 4\nadminPort: 5\nwaitingMax: 6000\n'
    const values = await valuesOf({ options, env, readFile: () => file })
    const { port, adminPort, waitingMax, connectionsMax } = values
    assert.deepEqual([port, adminPort, waitingMax, connectionsMax], [1, 3, 6_000, 10_000])
  })

  it('name their flag and their variable alike', () => {
    assert.deepEqual(flagOf('adminPort'), '--admin-port')
    assert.deepEqual(variableOf('adminPort'), 'MARKETMETER_ADMIN_PORT')
  })

  it('are refused outside their bounds, with a row on each side', async () => {
    const rows: readonly (readonly [string, string, boolean])[] = [
      ['port', '0', true],
      ['port', '65535', true],
      ['port', '65536', false],
      ['port', '-1', false],
      ['port', '1.5', false],
      ['port', '80x', false],
      ['port', '', false],
      ['host', '0.0.0.0', true],
      ['host', '::', true],
      ['host', 'metering.internal', true],
      ['host', 'not a host', false],
      ['regions', 'us-east-1', true],
      ['regions', 'us-east-1, eu-west-1', true],
      ['regions', 'us-east-1,', false],
      ['regions', 'US-EAST-1', false],
      ['waitingMax', '100', true],
      ['waitingMax', '99', false],
      ['waitingMegabytes', '4', true],
      ['waitingMegabytes', '3', false],
      ['drainSeconds', '0', true],
      ['drainSeconds', '600', true],
      ['drainSeconds', '601', false],
      ['logLevel', 'debug', true],
      ['logLevel', 'trace', false],
      ['logForm', 'json', true],
      ['logForm', 'xml', false],
      ['indexMegabytes', '0', false],
      ['refusalsDays', '3650', true],
      ['refusalsDays', '3651', false],
      ['data', '', false],
      ['ledger', 'sqlite:data', true],
      ['ledger', 'postgres://role@host/usage', true],
      ['ledger', 'postgres://host', false],
      ['drainDelaySeconds', '600', true],
      ['drainDelaySeconds', '601', false],
      ['postgresConnections', '1', true],
      ['postgresConnections', '0', false],
      ['postgresStatementMs', '99', false],
      ['postgresConnectMs', '60001', false],
      ['postgresRetryMs', '0', true],
      ['postgresRetryMs', '25001', false],
    ]
    for (const [name, text, ok] of rows) {
      const problems = await problemsOf({ env: { [variableOf(name)]: text } })
      assert.equal(problems.length === 0, ok, `${name} ${text}: ${problems.join()}`)
    }
  })

  it('are all told at once, with where each stands', async () => {
    const file = 'adminPort: many\nprot: 1\nwaitingMax: 5\nquotas: yes please\n'
    const problems = await problemsOf({
      options: { config: 'my.yaml', port: '80x' },
      env: { MARKETMETER_PROT: '1', MARKETMETER_LOG_LEVEL: 'loud' },
      readFile: () => file,
    })
    assert.deepEqual(problems, [
      'MARKETMETER_PROT: no such setting',
      'my.yaml:2: prot: no such setting',
      '--port: expected a whole number from 0 to 65535, got "80x"',
      'my.yaml:1: adminPort: expected a whole number from 0 to 65535, got "many"',
      'my.yaml:4: quotas: expected true or false, got "yes please"',
      'my.yaml:3: waitingMax: expected a whole number from 100 to 10000000, got "5"',
      'MARKETMETER_LOG_LEVEL: expected one of error, warn, info, debug, silent, got "loud"',
    ])
  })

  it('may be switches in the file and in variables', async () => {
    const env = { MARKETMETER_METRICS_OPEN: 'true', MARKETMETER_CONFIG: 'my.yaml' }
    const values = await valuesOf({
      env,
      readFile: () => 'quotas: true\nregions: [us-east-1, eu-west-1]\n',
    })
    assert.deepEqual(
      [values.metricsOpen, values.quotas, values.regions],
      [true, true, ['us-east-1', 'eu-west-1']],
    )
  })

  it('in a broken or missing file are told by line', async () => {
    const missing = () => {
      throw new Error('ENOENT: no such file')
    }
    const rows = [
      ['a: [', /my\.yaml:1: /],
      ['port: 1\nport: 2\n', /my\.yaml:2: .*unique/],
      ['- port', /my\.yaml: expected settings/],
      ['port:\n', /my\.yaml:1: port: expected a value/],
      ['port: { a: 1 }', /my\.yaml:1: port: expected a value/],
      ['masterKeys: abc', /my\.yaml:1: masterKeys: no such setting/],
    ] as const
    for (const [file, expected] of rows) {
      const problems = await problemsOf({ options: { config: 'my.yaml' }, readFile: () => file })
      assert.match(problems.join('\n'), expected)
    }
    const problems = await problemsOf({ options: { config: 'my.yaml' }, readFile: missing })
    assert.match(problems.join('\n'), /my\.yaml: cannot be read: ENOENT/)
  })

  it('name one ledger, wherever they stand', async () => {
    const file = 'ledger: postgres://host/usage\n'
    const chosen = async (sources: Partial<ServeSources>) => {
      const result = await readServeConfig({ options: {}, env: {}, ...sources })
      return result.ok ? nameOf(result.config.ledger.place) : result.problems.join()
    }
    const inFile = { options: { config: 'my.yaml' }, readFile: () => file }
    assert.equal(await chosen({}), 'data/ledger.db (sqlite)')
    assert.equal(await chosen(inFile), 'host:5432/usage (postgres)')
    const env = { MARKETMETER_DATA: 'here' }
    assert.equal(await chosen({ ...inFile, env }), 'here/ledger.db (sqlite)')
    assert.equal(
      await chosen({ env: { ...env, MARKETMETER_LEDGER: 'sqlite:there' } }),
      'MARKETMETER_DATA and MARKETMETER_LEDGER both say where the ledger is; give one of them',
    )
  })

  it('never repeat the URL of a ledger', async () => {
    const problems = await problemsOf({
      options: { config: 'my.yaml' },
      env: { MARKETMETER_LEDGER: 'postgres://role:s3cret@host' },
      readFile: () => 'ledger: [postgres://role:s3cret@host/usage, more]\n',
    })
    assert.match(problems.join(), /^MARKETMETER_LEDGER: The ledger’s URL is not one of PostgreSQL/)
    assert.doesNotMatch(problems.join(), /s3cret/)
  })

  it('name master keys once', async () => {
    const env = {
      MARKETMETER_MASTER_KEYS: `${'A'.repeat(43)}=`,
      MARKETMETER_MASTER_KEY_FILE: 'a.key',
    }
    assert.deepEqual(await problemsOf({ env }), [
      'MARKETMETER_MASTER_KEYS and --master-key-file exclude each other; give one',
    ])
  })

  it('never repeat a master key', async () => {
    const env = { MARKETMETER_MASTER_KEYS: 's3cret', MARKETMETER_MASTER_KEY: 's3cret' }
    const problems = await problemsOf({ env })
    assert.equal(problems[0], 'MARKETMETER_MASTER_KEY: no such setting')
    assert.match(problems[1] ?? '', /^MARKETMETER_MASTER_KEYS is malformed: key 1 is not 32 bytes/)
    assert.doesNotMatch(problems.join(), /s3cret/)
  })

  it('are told with master keys that are wrong, all at once', async () => {
    const good = 'A'.repeat(43) + '='
    const rows: readonly (readonly [string, RegExp | undefined])[] = [
      [good, undefined],
      ['', /^MARKETMETER_MASTER_KEYS holds no key/],
      [`${good},short`, /^MARKETMETER_MASTER_KEYS is malformed: key 2/],
      [`${good} ${good}`, /^MARKETMETER_MASTER_KEYS holds the same master key twice/],
    ]
    for (const [text, expected] of rows) {
      const env = { MARKETMETER_MASTER_KEYS: text }
      const problems = await problemsOf({ env, options: { port: '-1' } })
      assert.match(problems[0] ?? '', /^--port: expected/)
      assert.equal(problems.length, expected === undefined ? 1 : 2)
      if (expected !== undefined) assert.match(problems[1] ?? '', expected)
    }
  })
})

describe('the admin address', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['128.0.0.1', false],
    ['10.0.0.5', false],
    ['localhost.example.com', false],
  ]

  it('is this machine alone, or not', () => {
    for (const [host, expected] of rows) assert.equal(isLoopback(host), expected, host)
  })

  it('for other machines needs TLS, or a word that it is meant', async () => {
    const readFile = () => 'PEM'
    const open = { adminHost: '0.0.0.0' }
    const both = { tlsCert: 'a', tlsKey: 'b' }
    const settings = [
      [open, /--admin-host: 0\.0\.0\.0 can be reached/],
      [{ ...open, ...both }, undefined],
      [{ ...open, adminInsecure: true }, undefined],
      [{ adminHost: '::1' }, undefined],
      [{ tlsCert: 'a' }, /belong together/],
      [{ tlsKey: 'a' }, /belong together/],
      [{ port: '8000', adminPort: '8000' }, /both are 8000/],
      [{ port: '0', adminPort: '0' }, undefined],
    ] as const
    for (const [options, expected] of settings) {
      const problems = (await problemsOf({ options, readFile })).join('\n')
      if (expected === undefined) assert.equal(problems, '', JSON.stringify(options))
      else assert.match(problems, expected)
    }
  })

  it('gets the certificate and the key that were named', async () => {
    const options = { tlsCert: 'cert.pem', tlsKey: 'key.pem' }
    const result = await readServeConfig({ options, env: {}, readFile: (file) => `in ${file}` })
    assert(result.ok)
    assert.deepEqual(result.config.tls, { cert: 'in cert.pem', key: 'in key.pem' })
  })

  it('is told when certificate and key are none', () => {
    assert.equal(tlsProblem(undefined), undefined)
    assert.equal(tlsProblem(TEST_TLS), undefined)
    assert.match(tlsProblem({ cert: TEST_TLS.key, key: TEST_TLS.cert }) ?? '', /not a certificate/)
    assert.match(tlsProblem({ cert: 'not', key: 'PEM' }) ?? '', /--tls-cert and --tls-key: not a/)
  })
})
