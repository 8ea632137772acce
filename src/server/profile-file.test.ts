import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025, AWS_2026 } from '../core/profile.ts'
import { parseProfileFile } from './profile-file.ts'

describe('a profile file', () => {
  it('changes what it names of the profile that it extends', () => {
    const result = parseProfileFile('name: mine\nextends: aws-2026\nageMsMax: 3600000', 'p.yaml')
    assert.ok(result.ok)
    const { ageMsMax, monthGraceMs, name } = result.profile
    assert.deepEqual({ name, ageMsMax }, { name: 'mine', ageMsMax: 3_600_000 })
    assert.equal(monthGraceMs, AWS_2026.monthGraceMs)
  })

  it('extends aws-2025 unless it says otherwise', () => {
    const result = parseProfileFile('name: mine', 'p.yaml')
    assert.ok(result.ok)
    assert.equal(result.profile.ageMsMax, AWS_2025.ageMsMax)
  })

  it('changes the quotas that it names, and no others', () => {
    const text = 'name: mine\nquotas: { RegisterUsage: 0.5 }'
    const result = parseProfileFile(text, 'p.yaml')
    assert.ok(result.ok)
    assert.deepEqual(result.profile.quotas, { ...AWS_2025.quotas, RegisterUsage: 0.5 })
  })

  for (const [what, text, problem] of [
    [
      'an unknown member',
      'name: mine\nageMax: 5',
      /^p\.yaml:2:9: ageMax: there is no such member; there are name, extends, summary/,
    ],
    [
      'a quota of no operation',
      'name: mine\nquotas: { Nope: 3 }',
      /^p\.yaml:2:17: quotas\.Nope: there is no such member; there are BatchMeterUsage, MeterUsage, RegisterUsage, ResolveCustomer, GetEntitlements$/,
    ],
    [
      'a quota of nothing',
      'name: mine\nquotas: { MeterUsage: 0 }',
      /quotas\.MeterUsage: must be > 0, got 0$/,
    ],
    ['a wrong type', 'name: mine\nageMsMax: 6h', /ageMsMax: expected a whole number, got "6h"$/],
    ['a name that is taken', 'name: aws-2025', /^p\.yaml:1:7: name: aws-2025 is a built-in/],
    [
      'an unknown base',
      'name: mine\nextends: aws-2031',
      /extends: expected aws-2025 or aws-2026, got "aws-2031"$/,
    ],
    ['no name', 'ageMsMax: 5', /^p\.yaml:1:1: needs name$/],
    ['broken YAML', 'name: [', /p\.yaml/],
    ['an empty file', '', /expected members, got nothing/],
    [
      'a number that is none of two',
      'name: mine\nauthStatus: 401',
      /authStatus: expected 400 or 403, got 401$/,
    ],
  ] as const) {
    it(`is refused for ${what}`, () => {
      const result = parseProfileFile(text, 'p.yaml')
      assert.ok(!result.ok)
      assert.match(result.problems.join('\n'), problem)
    })
  }

  it('tells every problem at once', () => {
    const result = parseProfileFile('ageMsMax: -1\nfutureMsMax: x', 'p.yaml')
    assert.ok(!result.ok)
    assert.equal(result.problems.length, 3)
  })
})
