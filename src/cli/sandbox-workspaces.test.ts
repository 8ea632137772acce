/** Workspaces of a sandbox that runs as a process, made and ended by commands, and their catalog changed by them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { WorkspaceView } from '../sandbox/control/views.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from './program.spec.ts'
import { meter, type Ready } from './sandbox-program.spec.ts'

const NOON = '2026-08-23T12:00:00.000Z'

const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-workspaces-'))
after(() => {
  rmSync(folder, { recursive: true })
})

describe('workspaces by command', () => {
  let program: Program
  let ready: Ready
  before(async () => {
    const words = ['--profile', 'aws-2026', '--now', NOON, '--quotas']
    program = startProgram(['sandbox', '--json', '--port', '0', ...words])
    ready = JSON.parse(await firstLineOf(program)) as Ready
  })
  after(async () => {
    program.kill('SIGTERM')
    assert.deepEqual(await endOf(program), { code: 0, out: '', err: '' })
  })
  const tell = (...words: string[]) =>
    runToEnd(['sandbox', ...words, '--url', ready.controlEndpoint])

  it('are added as the sandbox was started, or otherwise, and ended', async () => {
    const { out, code } = await tell('add-workspace')
    assert.equal(code, 0)
    const id = out.trim()
    const words = ['--seed', 'saas-contract', '--profile', 'aws-2025', '--clock', 'running']
    const other = await tell('add-workspace', '--json', '--now', '2026-01-02T03:04:05Z', ...words)
    const view = JSON.parse(other.out) as WorkspaceView
    const listed = await tell('workspaces', '--json')
    const found = listed.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Pick<WorkspaceView, 'id' | 'profile' | 'clock' | 'now'>)
    assert.deepEqual(
      found.map(({ id, profile, clock, now }) => [id, profile, clock, now.slice(0, 13)]),
      [
        ['default', 'aws-2026', 'frozen', '2026-08-23T12'],
        [id, 'aws-2026', 'frozen', '2026-08-23T12'],
        [view.id, 'aws-2025', 'running', '2026-01-02T03'],
      ],
    )
    assert.match((await tell('workspaces')).out, /^ID +PROFILE +CLOCK +NOW +UNUSED FOR\ndefault /)
    for (const one of [id, view.id]) {
      assert.deepEqual(await tell('end-workspace', one), { code: 0, out: '', err: '' })
    }
    const gone = await tell('end-workspace', id)
    assert.equal(gone.code, 1)
    assert.match(gone.err, /There is no workspace .*There are: default\./)
    assert.equal((await tell('end-workspace', 'default')).code, 1)
  })

  it('are in worlds of their own, by the keys that env prints', async () => {
    const { out } = await tell('add-workspace', '--json')
    const view = JSON.parse(out) as WorkspaceView
    await meter({ ...view, controlEndpoint: ready.controlEndpoint }, 9)
    assert.match((await tell('ask', 'records', '--workspace', view.id)).out, /"quantity":9/)
    assert.equal((await tell('ask', 'records', '--quantity', '9')).out, '')
    const { out: variables } = await tell('env', '--workspace', view.id, '--form', 'dotenv')
    assert.match(variables, new RegExp(`^AWS_ACCESS_KEY_ID=${view.accessKeyId}$`, 'm'))
    await tell('end-workspace', view.id)
  })

  it('begin with a seed of a file, whose mistakes are told with their lines', async () => {
    const file = path.join(folder, 'seed.yaml')
    const wrong = path.join(folder, 'wrong.yaml')
    writeFileSync(file, 'version: 1\nsellers:\n  - account: "111122223333"\n    name: Mine\n')
    writeFileSync(wrong, 'version: 1\nsellers:\n  - account: 5\nproducts:\n  - code: x\n')
    const added = await tell('add-workspace', '--seed', file)
    assert.deepEqual([added.code, added.err], [0, ''])
    const refused = await tell('add-workspace', '--seed', wrong)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /wrong\.yaml:3:14: sellers\[0\]\.account: /)
    assert.match(refused.err, /wrong\.yaml:5:\d+: products\[0\]/)
    const absent = await tell('add-workspace', '--seed', path.join(folder, 'absent.yaml'))
    assert.deepEqual([absent.code, absent.err.includes('absent.yaml cannot be read')], [2, true])
    await tell('end-workspace', added.out.trim())
  })

  it('go by a profile of a file, whose mistakes are told with their lines', async () => {
    const file = path.join(folder, 'profile.yaml')
    const wrong = path.join(folder, 'wrong.yaml')
    writeFileSync(file, 'name: patient\nextends: aws-2025\nageMsMax: 172800000\n')
    writeFileSync(wrong, 'name: patient\nageMsMax: long\n')
    const added = await tell('add-workspace', '--profile', file, '--json')
    assert.equal(added.code, 0, added.err)
    assert.equal((JSON.parse(added.out) as WorkspaceView).profile, 'patient')
    const refused = await tell('add-workspace', '--profile', wrong)
    assert.equal(refused.code, 2)
    assert.match(refused.err, /wrong\.yaml:2:11: ageMsMax/)
  })

  it('name what there is where a name is wrong', async () => {
    assert.match((await tell('add-workspace', '--seed', 'saas')).err, /saas-subscription, saas-con/)
    assert.match((await tell('add-workspace', '--profile', 'aws')).err, /aws-2025, aws-2026/)
    assert.match((await tell('add-workspace', '--now', 'noon')).err, /"noon" is no instant/)
  })

  it('have their catalog added to and changed, until they are reset', async () => {
    const file = path.join(folder, 'part.yaml')
    const [buyer] = ready.buyers
    const [product] = ready.products
    writeFileSync(
      file,
      [
        'version: 1',
        'buyers:',
        '  - account: "999988887777"',
        '    name: Late Buyer',
        'agreements:',
        '  - id: agmt-late',
        '    buyer: "999988887777"',
        `    product: ${product?.code ?? ''}`,
        '    start: now-1h',
        '    end: now+30d',
      ].join('\n'),
    )
    const applied = await tell('apply', file)
    assert.deepEqual([applied.code, applied.err], [0, ''])
    const buyersNow = async () => {
      const answer = await fetch(`${ready.controlEndpoint}/workspaces/default`)
      const { buyers } = (await answer.json()) as WorkspaceView
      return buyers.map(({ awsAccountId }) => awsAccountId)
    }
    assert.ok((await buyersNow()).includes('999988887777'))
    assert.equal((await tell('cancel-agreement', 'agmt-late')).code, 0)
    assert.ok(!(await buyersNow()).includes('999988887777'))
    assert.ok((await buyersNow()).includes(buyer?.awsAccountId ?? ''))
    await tell('reset')
    const none = await tell('cancel-agreement', 'agmt-late')
    assert.deepEqual([none.code, none.err.includes('no agreement "agmt-late"')], [1, true])

    writeFileSync(file, 'agreements:\n  - id: agmt-late\n    buyer: "12"\n')
    const refused = await tell('apply', file)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /part\.yaml:2:5: agreements\[0\]: there is no agreement agmt-late; /)
    writeFileSync(file, '- a list\n')
    assert.match((await tell('apply', file)).err, /part\.yaml: expected members, such as agree/)
    writeFileSync(file, 'agreements: [\n')
    const broken = await tell('apply', file)
    assert.deepEqual([broken.code, /part\.yaml:\d+:\d+: /.test(broken.err)], [2, true])
    writeFileSync(file, 'sellers: &a\n  - *a\n')
    const endless = await tell('apply', file)
    assert.deepEqual([endless.code, endless.err.includes('inside of what it names')], [2, true])
  })

  it('are not named by a URL, whose path would be passed over', async () => {
    const url = `${ready.controlEndpoint}/workspaces/default`
    const { code, err } = await runToEnd(['sandbox', 'reset', '--url', url])
    assert.equal(code, 2)
    assert.match(err, /expected the control endpoint and no more.* named by --workspace/)
  })

  it('have the chance of their faults begun anew', async () => {
    assert.equal((await tell('fault-seed', '7')).code, 0)
    const answer = await fetch(`${ready.controlEndpoint}/workspaces/default/faults`)
    assert.equal(((await answer.json()) as { readonly seed: number }).seed, 7)
    const wrong = await tell('fault-seed', 'seven')
    assert.deepEqual([wrong.code, wrong.err.includes('NUMBER: expected a number')], [2, true])
    assert.equal((await tell('fault-seed', '-1')).code === 0, false)
    assert.equal((await tell('fault-seed', '1.5')).code, 1)
  })
})
