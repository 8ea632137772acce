import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025 } from '../core/profile.ts'
import type { ControlStore, TokenUse } from '../store/control.ts'
import { NOON } from '../testing/builders.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { registrationTokenId } from './registration-tokens.ts'
import { registrationsOf } from './registrations.ts'

const KEYS = ringOf([masterKeyOf(new Uint8Array(32))])
const TWICE = { ...AWS_2025, registrationTokenUsesMax: 2 }

type Answer = Awaited<ReturnType<ControlStore['useToken']>>

/** A store that gives these answers, one after the other, and keeps what it was asked. */
function storeOf(...answers: readonly Answer[]) {
  const asked: TokenUse[] = []
  const useToken = async (use: TokenUse): Promise<Answer> => {
    asked.push(use)
    return answers[asked.length - 1] ?? 'busy'
  }
  return { asked, useToken }
}

describe('a use of a registration token', () => {
  it('is not counted where the profile bounds none: the store is not asked', async () => {
    const store = storeOf()
    assert.equal(await registrationsOf(KEYS, store, AWS_2025).use('token', NOON), true)
    assert.deepEqual(store.asked, [])
  })

  it('is counted under a hash, and forgotten a day after the token’s end at the earliest', async () => {
    const store = storeOf('used', 'usedUp')
    const registrations = registrationsOf(KEYS, store, TWICE)
    assert.equal(await registrations.use('token', NOON), true)
    assert.equal(await registrations.use('token', NOON), false)
    const tokenId = registrationTokenId('token')
    assert.match(tokenId, /^[0-9a-f]{32}$/)
    const forgetBeforeMs = NOON - AWS_2025.registrationTokenMs - 86_400_000
    const use = { tokenId, usesMax: 2, atMs: NOON, forgetBeforeMs }
    assert.deepEqual(store.asked, [use, use])
  })

  it('waits its turn while another process writes', async () => {
    const store = storeOf('busy', 'busy', 'used')
    assert.equal(await registrationsOf(KEYS, store, TWICE).use('token', NOON), true)
    assert.equal(store.asked.length, 3)
  })

  it('fails, and nothing is said of the token, if that never ends', async () => {
    await assert.rejects(registrationsOf(KEYS, storeOf(), TWICE).use('token', NOON), /all the time/)
  })
})
