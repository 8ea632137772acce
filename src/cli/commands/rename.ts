/** The commands that give things another name. It is for people: no key, record or price knows of it. */
import { SHOWN_TEXT } from '../../core/catalog-names.ts'
import { type Command, defineCommand } from '../command.ts'
import {
  ARGUMENT_OF,
  argumentOf,
  CHANGE_EXITS,
  CHANGE_OPTIONS,
  changeKnown,
  type KnownKind,
} from '../known-entry.ts'
import { printable } from '../printable.ts'

export const sellersRename = renameCommand('seller', `111122223333 'Example Software'`)
export const buyersRename = renameCommand('buyer', `222233334444 'Example Customer'`)
export const productsRename = renameCommand('product', '4w1sbgfkdrl0bqj1j6gf93k2b Backups')

function renameCommand(kind: KnownKind, example: string): Command {
  return defineCommand({
    name: `${kind}s rename`,
    summary: `Give a ${kind} another name`,
    help: `
      The name is for people; what the ${kind} is known by stays. An empty one takes it away.

      $ marketmeter ${kind}s rename ${example}
    `,
    arguments: [ARGUMENT_OF[kind], { name: 'NAME', about: 'For people' }],
    options: CHANGE_OPTIONS,
    exits: { 0: `the ${kind} has the name`, ...CHANGE_EXITS },
    async run(given) {
      const [named = '', text = ''] = given.args
      const name = argumentOf('NAME', SHOWN_TEXT, text)
      const said = name === '' ? 'has no name' : `is called ${printable(name)}`
      return changeKnown(given, { kind, name: named, verb: 'rename', facts: { name }, said })
    },
  })
}
