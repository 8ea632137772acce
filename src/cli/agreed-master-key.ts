/**
 * The master key that all replicas of a ledger on PostgreSQL encrypt under.
 *
 * Why agreed  What one replica encrypts every other must open. So the id of the key is a fact in the database: the first to
 *             come writes it, who lacks that key is refused, and who has newer ones beside it encrypts under it all the
 *             same, until `keys rotate-master` moves the fact.
 * Checked by  ../../faults/replicas.test.ts, commands/keys-postgres.test.ts
 */
import type { MasterKey, MasterKeyRing } from '../server/keys/master-keys.ts'
import type { LedgerFacts } from '../store/postgres-control/facts.ts'
import { CommandFailure } from './command.ts'

const NOT_OPENED = 3

/** Agrees on the ring's first key, if there was no agreement. @throws CommandFailure if it lacks the agreed one. */
export async function agreeOnMasterKey(
  facts: LedgerFacts,
  ring: MasterKeyRing,
  ledgerName: string,
): Promise<MasterKeyRing> {
  return withAgreedKey(ring, await facts.claim('masterKey', ring.current.id), ledgerName)
}

/** The ring, encrypting under the agreed key. @throws CommandFailure if it lacks that. */
export function withAgreedKey(
  ring: MasterKeyRing,
  agreed: string | undefined,
  ledgerName: string,
): MasterKeyRing {
  const current = agreed === undefined ? ring.current : keyIn(ring, agreed, ledgerName)
  return {
    current,
    get keys() {
      return ring.keys
    },
    find: (id) => ring.find(id),
  }
}

/** Makes the first key of the ring the agreed one. @throws CommandFailure if the ring lacks the one before. */
export async function moveMasterKey(
  facts: LedgerFacts,
  ring: MasterKeyRing,
  ledgerName: string,
): Promise<void> {
  const to = ring.current.id
  const from = keyIn(ring, await facts.claim('masterKey', to), ledgerName).id
  if (await facts.replace('masterKey', from, to)) return
  const text = `Another rotation of the master key of ${ledgerName} came between. Run it again.`
  throw new CommandFailure(text, NOT_OPENED)
}

function keyIn(ring: MasterKeyRing, id: string, ledgerName: string): MasterKey {
  const key = ring.find(id)
  if (key !== undefined) return key
  const given = ring.keys.map((one) => one.id).join(', ')
  throw new CommandFailure(
    `The secrets of ${ledgerName} are encrypted under the master key ${id}, and the keys given are ${given}. Give every replica the same: --master-key-file FILE, or MARKETMETER_MASTER_KEYS.`,
    NOT_OPENED,
  )
}
