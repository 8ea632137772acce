/** `marketmeter/client` as a seller gets it: type-checked and run in a stranger's strict project. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { NODES } from './nodes.ts'
import { run } from './installing.ts'
import { projectOf, typecheck } from './project.ts'

const SDK = '@aws-sdk/client-marketplace-metering'

describe('marketmeter/client, packed', async () => {
  const project = await projectOf('testing/packed/projects/client', SDK)
  await typecheck(project, { module: 'nodenext', files: ['main.ts'], emit: true })

  for (const { name, program, withoutSqlite, skip } of NODES) {
    it(`checks and sends on ${name}`, { skip }, async () => {
      const printed: unknown = JSON.parse(
        await run(program, ['main.js'], project, { NODE_OPTIONS: withoutSqlite }),
      )
      assert.deepEqual(printed, [['TimestampOutOfBoundsException'], ['unknown']])
    })
  }

  it('without the SDK still has the container, and says what to install', async () => {
    await rm(path.join(project, 'node_modules/@aws-sdk'), { recursive: true })
    const printed = await run(process.execPath, ['without-sdk.cjs'], project)
    assert.match(printed, /npm install @aws-sdk\/client-marketplace-metering/)
  })
})
