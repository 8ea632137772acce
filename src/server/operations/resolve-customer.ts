/** ResolveCustomer: a registration token for the names of the buyer who brought it. */
import { isLegacyAt } from '../../core/catalog.ts'
import { usageHourOf } from '../../core/hour.ts'
import { judgeRegistration, tokensRevokedMs, usedUp } from '../../core/registration.ts'
import { METERING } from '../../wire/protocol.ts'
import { refuse, Refused } from '../../wire/refused.ts'
import { RESOLVE_CUSTOMER_SHAPE, resolveCustomerAnswer } from '../../wire/resolve-customer.ts'
import { readRequest } from '../../wire/shape.ts'
import type { Operation, Service } from '../service.ts'

export function resolveCustomer({ profile, regions, catalog, registrations }: Service): Operation {
  return {
    name: 'ResolveCustomer',
    api: METERING,
    // The lines stand in the order in which problems are reported: decision D11.
    async run(body, { now, region, signer }) {
      const { RegistrationToken: token } = readRequest(RESOLVE_CUSTOMER_SHAPE, body)
      if (!regions.has(region)) refuse('DisabledApiException', `${region} is not served here`)
      const opened = registrations.open(token)
      const product = opened && catalog.product(opened.product)
      const agreement = opened && catalog.agreementByLicense(opened.licenseArn)
      const revokedMs = tokensRevokedMs(product, agreement)
      const judged = judgeRegistration(opened, signer.account, now.ms, { ...profile, revokedMs })
      if (!judged.ok) throw new Refused(judged.refusal)
      if (!(await registrations.use(token, now.ms))) throw new Refused(usedUp())
      const isLegacy = product === undefined || isLegacyAt(product, usageHourOf(now.ms))
      return resolveCustomerAnswer(judged.registration, isLegacy)
    },
  }
}
