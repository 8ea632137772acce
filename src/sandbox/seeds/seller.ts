/** The seller of every seed, with the key that stays the same whichever seed is planted. */
import type { Seed } from '../seed.ts'

export const SELLER = '111122223333'

export const sellers: NonNullable<Seed['sellers']> = [{ account: SELLER, name: 'Sandbox Software' }]

export const accessKeys: NonNullable<Seed['accessKeys']> = [
  {
    id: 'AKIASANDBOXSELLER001',
    account: SELLER,
    secret: 'sandbox-secret-of-the-seller-0000000001',
    description: 'Key of the seller',
  },
]
