import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emptyLedger, skip } from '../postgres/server.spec.ts'
import { openControl } from './control-server.spec.ts'

describe('facts about a ledger', { skip }, () => {
  it('are what the first of many who claim them at once says', async () => {
    const url = await emptyLedger()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openControl(url)))
    const claims = Array.from({ length: 20 }, (_, index) => `value ${index}`)
    const answers = await Promise.all(
      stores.flatMap(({ facts }, replica) =>
        claims.slice(replica * 5, replica * 5 + 5).map((value) => facts.claim('masterKey', value)),
      ),
    )
    const [first] = answers
    assert(first !== undefined && claims.includes(first))
    assert.deepEqual(new Set(answers), new Set([first]))
    assert.equal(await stores[0]?.facts.read('masterKey'), first)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('are not there before, and change only from what somebody knows them to be', async () => {
    const { facts, close } = await opened()
    assert.equal(await facts.read('masterKey'), undefined)
    assert.equal(await facts.replace('masterKey', 'old', 'new'), false)
    await facts.claim('masterKey', 'old')
    assert.equal(await facts.replace('masterKey', 'other', 'new'), false)
    assert.equal(await facts.replace('masterKey', 'old', 'new'), true)
    // The answer of the first may have been lost.
    assert.equal(await facts.replace('masterKey', 'old', 'new'), true)
    assert.equal(await facts.read('masterKey'), 'new')
    assert.equal(await facts.read('movedTo'), undefined)
    await close()
  })

  it('that are numbers rise and never fall, whoever is first', async () => {
    const { facts, close } = await opened()
    await Promise.all([5, 90, 1_000, 10].map((value) => facts.raise('windowMsMax', value)))
    assert.equal(await facts.read('windowMsMax'), '1000')
    await facts.raise('windowMsMax', 999)
    assert.equal(await facts.read('windowMsMax'), '1000')
    await close()
  })
})

async function opened() {
  const store = await openControl(await emptyLedger())
  return { facts: store.facts, close: () => store.close() }
}
