import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { Exchange } from '../../src/sandbox/exchange.ts'
import { problemsOf } from './environment.ts'
import { environmentQuestions, variableSets, variablesOf } from './environment-script.ts'
import { TOOLCHAINS } from './toolchains.ts'

const NOW_MS = Date.parse('2026-08-23T12:00:00Z')
const buyer = { awsAccountId: 'a', customerIdentifier: 'c', licenseArn: 'l', productCode: 'p' }
const questions = environmentQuestions(buyer, NOW_MS).slice(0, 1)

const result = { status: 'Success', dimension: 'api_calls', quantity: 3 }
const id = '0a0b0c0d-0000-8000-8000-000000000001'
const taken = {
  ...{ step: 'metering', requestId: '11111111-2222-4333-8444-555555555555', unprocessed: 0 },
  results: [{ ...result, id, timestampMs: NOW_MS - 60_000 }],
}
const failed = { step: 'metering', error: { code: 'none', class: '', message: 'no such host' } }

const asked = (region: string, status = 200, operation = 'BatchMeterUsage') => {
  const scope = `Credential=AKIA/20261125/${region}/aws-marketplace/aws4_request`
  const headers = [['Authorization', `AWS4-HMAC-SHA256 ${scope}`]]
  return { operation, answer: { status }, request: { headers } } as unknown as Exchange
}
const here = asked('us-nowhere-1')

type Row = readonly [
  name: string,
  reaches: readonly 'BatchMeterUsage'[],
  line: object,
  exchanges: readonly Exchange[],
  problem?: RegExp,
]
const rows: readonly Row[] = [
  ['a call that is to arrive', ['BatchMeterUsage'], taken, [here]],
  ['one that did not', ['BatchMeterUsage'], failed, [], /did not reach/],
  ['one that was refused', ['BatchMeterUsage'], failed, [asked('us-nowhere-1', 403)], /did not/],
  ['one of another Region', ['BatchMeterUsage'], taken, [asked('us-east-1')], /did not reach/],
  ['another call', ['BatchMeterUsage'], taken, [asked('us-nowhere-1', 200, 'X')], /did not reach/],
  ['an answer that is no answer', ['BatchMeterUsage'], failed, [here], /no results/],
  ['a call that is to fail', [], failed, []],
  ['one that arrived', [], taken, [here], /by the table it gets none/],
  ['one that somebody else answered', [], taken, [], /by the table it gets none/],
]

describe('what an SDK made of its environment', () => {
  for (const [name, reaches, line, exchanges, problem] of rows) {
    it(`${name}: ${problem === undefined ? 'is right' : 'is told'}`, () => {
      const ended = { exitCode: 0, stdout: `${JSON.stringify(line)}\n`, stderr: '' }
      const set = { given: 'AWS_REGION', reaches }
      const found = problemsOf(set, questions, { ...ended, exchanges }, {}).join('\n')
      if (problem === undefined) assert.equal(found, '')
      else assert.match(found, problem)
    })
  }
})

describe('a set of variables', () => {
  const all = { AWS_ENDPOINT_URL_A: 'e', AWS_ENDPOINT_URL_B: 'e', AWS_REGION: 'r', AWS_KEY: 'k' }

  it('is all, or one in place of its kind', () => {
    assert.deepEqual(variablesOf('everything', all), all)
    const { AWS_REGION, AWS_KEY } = all
    assert.deepEqual(variablesOf('AWS_ENDPOINT_URL', all), {
      ...{ AWS_REGION, AWS_KEY },
      AWS_ENDPOINT_URL: 'e',
    })
    const { AWS_REGION: region, ...others } = all
    assert.deepEqual(variablesOf('AWS_DEFAULT_REGION', all), {
      ...others,
      AWS_DEFAULT_REGION: region,
    })
  })
})

describe('docs/sandbox.md', () => {
  it('says of each SDK and variable what the table says', async () => {
    const page = path.join(import.meta.dirname, '..', '..', 'docs', 'sandbox.md')
    const told = (await readFile(page, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('| `AWS_'))
      .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
    const columns = TOOLCHAINS.map(({ name }) => variableSets(name).slice(1))
    const [names = []] = columns
    const wanted = names.map(({ given }, row) => {
      const isHonoured = columns.map((sets) => sets[row]?.reaches.length !== 0)
      return [given, ...isHonoured.map((one) => (one ? 'yes' : 'no'))]
    })
    assert.deepEqual(
      told.map((cells) => cells.slice(1, -1)),
      wanted,
    )
  })
})
