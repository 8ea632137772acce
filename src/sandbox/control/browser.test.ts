/** The inspector in a real Chromium: live, accessible, and with whatever a program sends shown as text. */
import assert from 'node:assert/strict'
import { after, describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { openBrowser } from '../../testing/browser.ts'
import { keysOf } from '../facts.ts'
import { settingsOf } from '../options.ts'
import { openWirePort } from '../port.ts'
import { Workspaces } from '../workspaces.ts'
import { openControlPort } from './port.ts'

const opened = await openBrowser(process.env)
const browser = 'reason' in opened ? undefined : opened
after(() => browser?.close())
// In CI there must be one; elsewhere the tests say why they are skipped.
const skip = 'reason' in opened && process.env['CI'] === undefined ? opened.reason : false

async function openInspector(test: TestContext, colorScheme: 'light' | 'dark' = 'light') {
  const workspaces = new Workspaces()
  const workspace = await workspaces.openDefault(await settingsOf({}))
  const wire = await openWirePort(workspaces.handle, { host: '127.0.0.1', port: 0 })
  const endpoints = { endpoint: wire.endpoint, controlEndpoint: '' }
  const controlAt = (port: number, of: Workspaces) =>
    openControlPort(
      {
        workspaces: of,
        endpoints: () => endpoints,
        defaults: {},
        allowedHosts: [],
        failed: assert.ifError,
      },
      { host: '127.0.0.1', port },
    )
  const control = await controlAt(0, workspaces)
  assert.ok(browser)
  const context = await browser.newContext({ colorScheme })
  const [key] = keysOf(workspace.settings.seed)
  const client = new MarketplaceMeteringClient({
    endpoint: wire.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: key?.accessKeyId ?? '',
      secretAccessKey: key?.secretAccessKey ?? '',
    },
    maxAttempts: 1,
  })
  test.after(async () => {
    client.destroy()
    await context.close()
    await Promise.all([wire.close(), control.close()])
  })
  const page = await context.newPage()
  await page.goto(control.endpoint)
  const meter = async (Dimension: string) => {
    const [product] = workspace.world.catalog.products.keys()
    const CustomerAWSAccountId = [...workspace.world.catalog.buyers.keys()][0]
    const record = { Timestamp: new Date(), Dimension, CustomerAWSAccountId, Quantity: 5 }
    const command = new BatchMeterUsageCommand({ ProductCode: product, UsageRecords: [record] })
    await client.send(command).catch(() => undefined)
  }
  const send = (body: string) => fetch(wire.endpoint, { method: 'POST', body })
  const asked: string[] = []
  page.on('request', (request) => {
    asked.push(`${request.method()} ${new URL(request.url()).pathname}`)
  })
  /** Ends the control port, and has another process's workspaces answer in its place. */
  const restart = async () => {
    await control.close()
    const others = new Workspaces()
    await others.openDefault(await settingsOf({ profile: 'aws-2026' }))
    const again = await controlAt(Number(new URL(control.endpoint).port), others)
    test.after(() => again.close())
  }
  const { faults } = workspace
  return { page, meter, send, asked, workspace, workspaces, control, restart, faults }
}

async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ''}`)
}

describe('the inspector', { skip }, () => {
  it('shows what comes while it is open, newest first, and why it was answered so', async (test) => {
    const { page, meter } = await openInspector(test)
    await page.getByText('live').waitFor()
    assert.equal(await page.getByText('Nothing was asked yet').isVisible(), true)
    await meter('requests')
    await page.getByText('BatchMeterUsage').first().waitFor()
    await meter('nope')
    await page.getByText('InvalidUsageDimensionException').first().waitFor()
    const shown = await page.locator('summary').allInnerTexts()
    assert.match(shown[0] ?? '', /InvalidUsageDimensionException/)
    assert.match(shown[1] ?? '', /200.*added/)
    await page.locator('summary').nth(1).click()
    const opened = page.locator('details[open]')
    assert.equal(await opened.getByText('nothing was held for this billing line').isVisible(), true)
    assert.equal(await opened.getByText('Signature=(masked)').isVisible(), true)
  })

  it('shows which fault struck, and what arrived of the answer', async (test) => {
    const { page, meter, faults } = await openInspector(test)
    faults.add({ kind: 'commit-then-drop' })
    await meter('requests')
    assert.match(await page.locator('summary').first().innerText(), /200.*commit-then-drop/s)
    await page.locator('summary').first().click()
    const told = page.getByText('faults: commit-then-drop fault-1; answer delivered: nothing')
    assert.equal(await told.isVisible(), true)
  })

  it('shows numbers, repeated members and escapes as they were sent', async (test) => {
    const { page, send } = await openInspector(test)
    const body =
      '{"Quantity":5.0, "Quantity":9007199254740993,"At":1.5E3,"Text":"\\u0041, {b}: [","List":[ ],"Of":[1,2]}'
    await send(body)
    await page.locator('summary').first().click()
    const shown = await page.locator('pre').first().innerText()
    assert.equal(
      shown.slice(shown.indexOf('{')),
      '{\n  "Quantity": 5.0,\n  "Quantity": 9007199254740993,\n  "At": 1.5E3,\n  "Text": "\\u0041, {b}: [",\n  "List": [ ],\n  "Of": [\n    1,\n    2\n  ]\n}',
    )
  })

  it('shows a body that is nested deeper than anybody reads', async (test) => {
    const { page, send } = await openInspector(test)
    await send(`${'['.repeat(30_000)}1${']'.repeat(30_000)}`)
    await page.locator('summary').first().waitFor()
  })

  it('looks at the clock again when somebody comes back to it', async (test) => {
    const { page, workspace } = await openInspector(test)
    await page.getByText('clock running').waitFor()
    workspace.clock.set(Date.parse('2031-02-03T04:05:06Z'))
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.getByText('at 2031-02-03T').waitFor()
  })

  it('follows a reset and an end, and asks for little', async (test) => {
    const { page, send, asked, workspace, workspaces, control } = await openInspector(test)
    await page.getByText('live').waitFor()
    for (let count = 0; count < 50; count++) await send('{}')
    await page.locator('li').nth(49).waitFor()
    await workspace.reset()
    await page.getByText('Nothing was asked yet').waitFor()
    assert.equal(await page.locator('li').count(), 0)
    await send('{}')
    await page.locator('li').first().waitFor()
    const looks = asked.filter((one) => one.startsWith('GET /workspaces/default'))
    assert.ok(looks.length < 10, looks.join('\n'))
    const { id } = await workspaces.create(workspace.settings)
    await page.goto(`${control.endpoint}/?workspace=${id}`)
    await page.getByText('live').waitFor()
    workspaces.end(id)
    await page.getByText(`there is no workspace ${id}: it has ended`).waitFor()
  })

  it('shows what another process has when it comes back, and nothing of the one before', async (test) => {
    const { page, send, restart } = await openInspector(test)
    const failures: string[] = []
    page.on('pageerror', ({ message }) => failures.push(message))
    await page.getByText('profile aws-2025').waitFor()
    await send('{}')
    await page.locator('summary').first().waitFor()
    await restart()
    await page.getByText('profile aws-2026').waitFor()
    await page.getByText('Nothing was asked yet').waitFor()
    assert.equal(await page.locator('li').count(), 0)
    assert.deepEqual(failures, [])
  })

  it('shows markup as text, and runs none of it', async (test) => {
    const { page, meter } = await openInspector(test)
    const alerts: string[] = []
    page.on('dialog', (dialog) => {
      alerts.push(dialog.message())
      void dialog.dismiss()
    })
    await meter('<img src=x onerror=alert(1)><script>alert(2)</script>')
    await page.locator('summary').first().click()
    assert.equal(await page.locator('main img, main script').count(), 0)
    assert.equal(await page.getByText('<img src=x onerror=alert(1)>').first().isVisible(), true)
    assert.deepEqual(alerts, [])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is accessible, in ${colorScheme} colours`, async (test) => {
      const { page, meter } = await openInspector(test, colorScheme)
      assert.deepEqual(await violationsOf(page), [])
      await meter('requests')
      await page.locator('summary').first().click()
      assert.deepEqual(await violationsOf(page), [])
    })
  }
})
