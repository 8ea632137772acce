/** What `sandbox env` prints, read by those it is for: nothing that a seed says is ever run. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import { CommandFailure } from '../command.ts'
import { environmentText } from './sandbox-env.ts'

const SECRETS: readonly string[] = [
  'SandboxSecretKey/0123456789+abc=',
  "aaaaaaaaaaaa';echo${IFS}pwned;echo'123",
  'aaaaaaaaaaaaaaaa#"$HOME`id`\\n',
  String.raw`back\\slashes\'and#quotes'`,
  'aaaaaaaaaaaaaaa’;Write-Host‘pwned',
]
const TO_SHELL = 'printf %s "$AWS_SECRET_ACCESS_KEY"'

describe('the variables of a sandbox, for', () => {
  for (const secret of SECRETS) {
    const variables = { AWS_SECRET_ACCESS_KEY: secret }

    it(`sh: ${secret}`, () => {
      const script = `${environmentText(variables, 'sh')}${TO_SHELL}`
      const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
      assert.deepEqual([stdout, stderr], [secret, ''])
    })

    it(`a dotenv file: ${secret}`, () => {
      assert.deepEqual({ ...parseEnv(environmentText(variables, 'dotenv')) }, variables)
    })

    it(`JSON: ${secret}`, () => {
      assert.deepEqual(JSON.parse(environmentText(variables, 'json')), variables)
    })
  }

  it('PowerShell, where each kind of single quote is one, and stands doubled', () => {
    const text = environmentText({ AWS_SECRET_ACCESS_KEY: "a'b‘c’d‚e‛f$g" }, 'powershell')
    assert.ok(text.startsWith("$env:AWS_SECRET_ACCESS_KEY = 'a''b‘‘c’’d‚‚e‛‛f$g'\n"), text)
    assert.match(text, /^\$env:AWS_SESSION_TOKEN = \$null$/m)
    assert.match(text, /^\$env:AWS_PROFILE = \$null$/m)
  })

  it('a dotenv file, which has no way to say all three kinds of quotes', () => {
    const variables = { AWS_SECRET_ACCESS_KEY: 'aaaaaaaaaaaaaaa\'"`' }
    assert.throws(() => environmentText(variables, 'dotenv'), CommandFailure)
  })

  it('a dotenv file, where most values need no quotes and have none', () => {
    assert.equal(
      environmentText({ A: 'http://127.0.0.1:7070' }, 'dotenv'),
      'A=http://127.0.0.1:7070\n',
    )
  })
})
