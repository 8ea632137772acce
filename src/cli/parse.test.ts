import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { ACCOUNT } from '../core/catalog-names.ts'
import { defineCommand } from './command.ts'
import { COMMANDS } from './commands.ts'
import { type CommandTable, runProgram, withHelpLast } from './parse.ts'

/** Prints what it was given. */
const show = defineCommand({
  name: 'things show',
  summary: 'Show things',
  help: `
    About things.

    $ program things show --one a \\
        --many b
    $ program things show
  `,
  options: {
    flag: { type: 'boolean', about: 'A flag' },
    count: { type: 'integer', value: 'COUNT', about: 'A count', min: 1, max: 3 },
    one: { type: 'string', value: 'ONE', about: 'One', choices: ['a', 'b'] },
    many: { type: 'string', value: 'ONE', about: 'Many', choices: ['a', 'b'], many: true },
    account: { type: 'string', value: 'ACCOUNT', about: 'An account', rule: ACCOUNT },
  },
  exits: { 0: 'shown', 2: 'wrong' },
  run({ options, io }) {
    io.out.write(JSON.stringify(options))
    return Promise.resolve(0)
  },
})

describe('options', () => {
  for (const [words, expected] of [
    ['', { flag: false, many: [] }],
    ['--flag --count 3', { flag: true, count: 3, many: [] }],
    ['--one b --many a --many b', { flag: false, one: 'b', many: ['a', 'b'] }],
    ['--account 000000000000', { flag: false, many: [], account: '000000000000' }],
  ] as const) {
    it(`are read from: ${words}`, async () => {
      const { exitCode, out } = await run(`things show ${words}`)
      assert.equal(exitCode, 0)
      assert.deepEqual(JSON.parse(out), expected)
    })
  }

  for (const [words, sentence] of [
    [
      '--count 0',
      /--count <COUNT>' argument '0' is invalid. It must be a whole number from 1 to 3/,
    ],
    ['--count 4', /whole number from 1 to 3/],
    ['--one c', /--one <ONE>' argument 'c' is invalid. It must be one of a, b/],
    ['--many a --many c', /--many <ONE>' argument 'c' is invalid. It must be one of a, b/],
    ['--account 00000000000', /--account .*Expected an account: twelve digits/],
    ['--onee a', /unknown option '--onee'\n\(Did you mean --one\?\)/],
  ] as const) {
    it(`are refused in: ${words}`, async () => {
      const { exitCode, out, err } = await run(`things show ${words}`)
      assert.deepEqual([exitCode, out], [2, ''])
      assert.match(err, sentence)
    })
  }
})

describe('help', () => {
  it("ends with examples: the program's own, and one of each command for a group", async () => {
    const top = await run('--help')
    assert.match(top.out, /\nExamples:\n {2}\$ program things\n$/)
    const group = await run('things --help')
    assert.match(group.out, /\nExamples:\n {2}\$ program things show\n$/)
  })

  it('says what else there is, under the commands', async () => {
    const { out } = await run('--help', undefined, undefined, 'More elsewhere.')
    assert.match(out, /Commands:\n(?:.*\n)+\nMore elsewhere\.\n\nExamples:/)
  })

  it('of a command is asked for by `help`, too', () => {
    assert.deepEqual(withHelpLast(['help', 'things', 'show']), ['things', 'show', '--help'])
    assert.deepEqual(withHelpLast(['help']), ['--help'])
    assert.deepEqual(withHelpLast(['things', 'help']), ['things', 'help'])
  })

  it('of each group here has an example of every command', async () => {
    const groups = new Set(Object.keys(COMMANDS).flatMap((name) => name.split(' ').slice(0, -1)))
    for (const group of groups) {
      const { exitCode, out } = await run(`${group} --help`, COMMANDS)
      assert.equal(exitCode, 0)
      const [, examples = ''] = out.split('\nExamples:\n')
      const verbs = Object.keys(COMMANDS).filter((name) => name.startsWith(`${group} `))
      for (const verb of verbs) assert.match(examples, new RegExp(`\\$ marketmeter ${verb}\\b`))
    }
  })
})

it('a command that gives way does so before it runs, and no other does', async () => {
  const told: string[] = []
  const commandOf = (name: string, givesWay: boolean) =>
    defineCommand({
      name,
      summary: '',
      help: '',
      options: {},
      exits: { 0: '' },
      givesWay,
      run() {
        told.push(name)
        return Promise.resolve(0 as const)
      },
    })
  const commands: CommandTable = {
    read: () => Promise.resolve(commandOf('read', true)),
    serve: () => Promise.resolve(commandOf('serve', false)),
  }
  await run('serve', commands, () => told.push('gave way'))
  await run('read', commands, () => told.push('gave way'))
  assert.deepEqual(told, ['serve', 'gave way', 'read'])
})

async function run(
  line: string,
  commands: CommandTable = { 'things show': () => Promise.resolve(show) },
  giveWay: () => void = () => undefined,
  rest?: string,
) {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const program = {
    name: 'program',
    about: '',
    version: '0',
    examples: ['program things'],
    commands,
    giveWay,
    rest,
  }
  const io = { out, err, in: new PassThrough(), interactive: false, env: {} }
  const words = line.split(' ').filter((word) => word !== '')
  const exitCode = await runProgram(program, words, io)
  out.end()
  err.end()
  return { exitCode, out: await text(out), err: await text(err) }
}
