import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandsOn, refusalOn, restOn } from './node-needed.ts'
import type { CommandTable } from './parse.ts'

const load = () => Promise.reject(new Error('loaded'))
const COMMANDS: CommandTable = {
  serve: load,
  records: load,
  sandbox: load,
  'sandbox env': load,
  'keys list': load,
}

describe('on this Node, the command line is', () => {
  for (const [node, line, sentence] of [
    ['v24.15.0', 'serve', undefined],
    ['v26.0.0', 'serve', undefined],
    [
      'v24.14.1',
      'serve',
      /^`serve` needs Node 24\.15 or later, and this is v24\.14\.1, which runs `marketmeter sandbox` alone\.$/,
    ],
    ['v22.0.0', 'records --json', /^`records` needs Node 24\.15/],
    ['v22.0.0', 'keys', /^`keys` needs/],
    ['v22.0.0', 'keys list', /^`keys` needs/],
    ['v22.0.0', 'sandboxes', undefined],
    ['v22.0.0', 'list', undefined],
    ['v20.19.0', 'sandbox --json', undefined],
    ['v20.19.0', 'sandbox tail', undefined],
    ['v20.19.0', '--help', undefined],
    ['v20.19.0', '', undefined],
    [
      'v20.18.3',
      'sandbox',
      /^Node 24\.15 or later is needed, for the sandbox 20\.19 or later, and this is v20\.18\.3\.$/,
    ],
    ['v18.20.8', '--help', /^Node 24\.15 or later is needed/],
  ] as const) {
    it(`${sentence === undefined ? 'taken' : 'refused'}: ${node} ${line}`, () => {
      const refusal = refusalOn(node, line === '' ? [] : line.split(' '), COMMANDS)
      if (sentence === undefined) assert.equal(refusal, undefined)
      else assert.match(refusal ?? '', sentence)
    })
  }
})

it('what a Node cannot run is not listed on it, and nothing is loaded to find out', () => {
  assert.deepEqual(Object.keys(commandsOn('v22.1.0', COMMANDS)), ['sandbox', 'sandbox env'])
  assert.deepEqual(commandsOn('v24.15.0', COMMANDS), COMMANDS)
})

it('the list of commands says what it leaves out', () => {
  assert.equal(
    restOn('v22.1.0'),
    'All other commands need Node 24.15 or later, and this is v22.1.0.',
  )
  assert.equal(restOn('v24.15.0'), undefined)
})
