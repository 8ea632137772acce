import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { withoutSecretMembers } from './secret-members.ts'

const NAME = 'RegistrationToken'

function escaped(text: string): string {
  return Array.from(text, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('')
}

describe('JSON that is shown', () => {
  const nested = JSON.stringify({ Message: JSON.stringify({ a: 1, [NAME]: 'SECRET' }) })
  const rows: readonly (readonly [string, string, string])[] = [
    ['as it is', `{ "${NAME}" : "SECRET", "a": 1.0 }`, `{ "${NAME}" : "(masked)", "a": 1.0 }`],
    ['in another case', '{"registrationTOKEN":"SECRET"}', '{"registrationTOKEN":"(masked)"}'],
    ['of a signature', '{"Signature":"SECRET","a":"b"}', '{"Signature":"(masked)","a":"b"}'],
    ['with an escape', '{"\\u0052egistrationToken":"x"}', '{"\\u0052egistrationToken":"(masked)"}'],
    ['in escapes', `{"${escaped(NAME)}":"SECRET"}`, `{"${escaped(NAME)}":"(masked)"}`],
    ['of escapes', `{"${NAME}":"${escaped('SECRET')}"}`, `{"${NAME}":"(masked)"}`],
    ['with a quote in it', `{"${NAME}":"a\\"SECRET\\\\","b":1}`, `{"${NAME}":"(masked)","b":1}`],
    ['twice', `{"${NAME}":"a","${NAME}":"SECRET"}`, `{"${NAME}":"(masked)","${NAME}":"(masked)"}`],
    [
      'in a list',
      `{"${NAME}":["a",["b"]],"c":"d"}`,
      `{"${NAME}":["(masked)",["(masked)"]],"c":"d"}`,
    ],
    [
      'within it',
      `{"${NAME}":{"a":"b","c":1},"d":2}`,
      `{"${NAME}":{"(masked)":"(masked)","(masked)":"(masked)"},"d":2}`,
    ],
    ['deep down', `[[{"a":[{"${NAME}":"SECRET"},"b"]}]]`, `[[{"a":[{"${NAME}":"(masked)"},"b"]}]]`],
    ['of no text', `{"${NAME}":123}`, `{"${NAME}":"(masked)"}`],
    ['that is empty', `{"${NAME}":""}`, `{"${NAME}":""}`],
    ['in a text of JSON', nested, '{"Message":"{\\"a\\":1,\\"(masked)"}'],
    ['in JSON that was cut off', `{"a":1,"${NAME}":"SECRE`, '{"a":1,"(masked)'],
    ['in what is no JSON', `a=1&${NAME}=SECRET`, 'a=1&(masked)'],
    [
      'only by name',
      '{"__type":"InvalidSignatureException"}',
      '{"__type":"InvalidSignatureException"}',
    ],
    ['as a value', `{"a":"${NAME}","b":"c"}`, `{"a":"${NAME}","b":"c"}`],
  ]
  for (const [how, text, shown] of rows) {
    it(`has no secret ${how}`, () => {
      assert.equal(withoutSecretMembers(text), shown)
    })
  }

  it('has no secret in any spelling, and all else as it was', () => {
    const spelling = (text: string) =>
      fc
        .array(fc.constantFrom('plain', 'other', 'escape'), {
          minLength: text.length,
          maxLength: text.length,
        })
        .map((ways) => Array.from(text, (letter, at) => spelled(letter, ways[at])).join(''))
    fc.assert(
      fc.property(spelling(NAME), fc.string(), fc.json(), (name, value, other) => {
        const before = `{"a":${other},"${name}" :\t`
        const body = (secret: string) => `${before}${JSON.stringify(secret)}, "z":${other}}`
        const shown = value === '' ? '' : '(masked)'
        // What is drawn may hold a secret of its own.
        fc.pre(withoutSecretMembers(other) === other)
        assert.equal(withoutSecretMembers(body(value)), body(shown))
      }),
    )
  })

  it('is looked through once, however long it is', () => {
    const rows = ['"', '\\"', '{"Signature" ', 'x', '\\', '{"a":"\\\\']
    for (const row of rows) withoutSecretMembers(`["Signature",${row.repeat(200_000)}`)
    const long = JSON.stringify({ a: '"\\'.repeat(300_000), Signature: 'SECRET' })
    assert.equal(withoutSecretMembers(long), long.replace('SECRET', '(masked)'))
  })
})

function spelled(letter: string, way: string | undefined): string {
  if (way === 'escape') return escaped(letter)
  return way === 'other' ? letter.toUpperCase() : letter
}
