/** The built-in profiles, as the documentation shows them, and what a profile must never do. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { AWS_2025, AWS_2026, BUILT_IN_PROFILES, type Profile } from './profile.ts'

describe('the built-in profiles', () => {
  it('are documented member by member; if not, docs/compatibility.md lacks this table', async () => {
    const page = await readFile(
      path.join(import.meta.dirname, '../../docs/compatibility.md'),
      'utf8',
    )
    assert.ok(page.includes(tableOf(AWS_2025, AWS_2026)), tableOf(AWS_2025, AWS_2026))
  })

  it('have a source for each member, with its rules', async () => {
    const page = await readFile(
      path.join(import.meta.dirname, '../../docs/compatibility.md'),
      'utf8',
    )
    const sourced = [
      ...page.matchAll(/^\| `(\w+)` \| [\d, to]+ \| .*(Stated|Chosen|[Rr]eported)/gm),
    ]
    const members = membersOf(AWS_2025, AWS_2026).filter((one) => !/^(name|summary)$/.test(one))
    assert.deepEqual(
      sourced.map(([, member]) => member).sort(),
      [...members, 'registrationTokenUsesMax'].sort(),
    )
  })

  it('have names of their own, and the documented default is the first', () => {
    assert.deepEqual(
      BUILT_IN_PROFILES.map(({ name }) => name),
      ['aws-2025', 'aws-2026'],
    )
  })

  it('differ in the window and in a product code beside a license, and in nothing else', () => {
    const different = membersOf(AWS_2025, AWS_2026).filter(
      (member) => textOf(AWS_2025, member) !== textOf(AWS_2026, member),
    )
    assert.deepEqual(different, [
      'name',
      'summary',
      'ageMsMax',
      'productCodeWithLicense',
      'monthGraceMs',
    ])
  })
})

function tableOf(...profiles: readonly Profile[]): string {
  const members = membersOf(...profiles).filter((member) => member !== 'name')
  const rows = members.map((member) => [
    `\`${member}\``,
    ...profiles.map((profile) => textOf(profile, member)),
  ])
  const head = ['member', ...profiles.map(({ name }) => `\`${name}\``)]
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('')
}

function membersOf(...profiles: readonly Profile[]): readonly (keyof Profile)[] {
  return [...new Set(profiles.flatMap((profile) => Object.keys(profile)))] as (keyof Profile)[]
}

function textOf(profile: Profile, member: keyof Profile): string {
  const value = profile[member]
  if (value === undefined) return '–'
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ')
}
