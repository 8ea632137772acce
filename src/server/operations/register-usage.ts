/**
 * RegisterUsage: a container of a buyer asks at its start whether it may run, and gets a signed answer.
 *
 * It makes no usage records: what AWS bills by the second of a task is AWS's own measurement, and nothing here sees tasks run.
 */
import { judgeUsageRegistration, type UsageToRegister } from '../../core/register-usage.ts'
import type { ProductCode } from '../../core/usage.ts'
import { METERING } from '../../wire/protocol.ts'
import { refuse, Refused } from '../../wire/refused.ts'
import { claimsOf, REGISTER_USAGE_SHAPE, registerUsageAnswer } from '../../wire/register-usage.ts'
import { readRequest } from '../../wire/shape.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import { signClaims } from '../keys/public-keys.ts'
import type { Operation, Service } from '../service.ts'

export function registerUsage(
  { regions, catalog, registerUsage: keep }: Service,
  masterKeys: Pick<MasterKeyRing, 'find'>,
): Operation {
  return {
    name: 'RegisterUsage',
    api: METERING,
    // The lines stand in the order in which problems are reported: decision D11.
    async run(body, { now, region, signer }) {
      const request = readRequest(REGISTER_USAGE_SHAPE, body)
      if (!regions.has(region)) refuse('DisabledApiException', `${region} is not served here`)
      const usage: UsageToRegister = {
        product: request.ProductCode as ProductCode,
        publicKeyVersion: request.PublicKeyVersion,
        buyer: signer.account,
        accessKeyId: signer.accessKeyId,
      }
      const judged = judgeUsageRegistration(catalog, usage, now.ms)
      if (!judged.ok) throw new Refused(judged.refusal, { productCode: usage.product, records: [] })
      const signature = await signClaims(masterKeys, judged.key, claimsOf(request), now.ms)
      // What is answered is on stable storage.
      if (!judged.isRegistered) await keep(usage, now.ms)
      return registerUsageAnswer(signature, judged.key)
    },
  }
}
