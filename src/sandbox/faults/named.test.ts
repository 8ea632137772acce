/** Whom and what a call names, a row for each operation and way of naming. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { masterKeyOf, ringOf } from '../../server/keys/master-keys.ts'
import { sealRegistration } from '../../server/registration-tokens.ts'
import {
  aCatalog,
  aCustomerIdentifier,
  anAgreement,
  aProduct,
  BUYER,
  CUSTOMER,
  licenseOf,
  NOON,
  OTHER_BUYER,
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../../testing/builders.ts'
import { namedIn } from './named.ts'

const LICENSE = licenseOf('1')
const catalog = aCatalog(aProduct(), anAgreement({ licenseArn: LICENSE }), aCustomerIdentifier())
const masterKeys = ringOf([masterKeyOf(new Uint8Array(32).fill(7))])
const registration = { seller: SELLER, product: PRODUCT, buyer: BUYER, licenseArn: LICENSE }
const RegistrationToken = sealRegistration(
  masterKeys,
  { ...registration, issuedMs: NOON },
  randomBytes,
)

const both = { buyer: BUYER, product: PRODUCT }
const batch = (...UsageRecords: readonly unknown[]) => ({ ProductCode: PRODUCT, UsageRecords })
const filter = (Filter: unknown) => ({ ProductCode: PRODUCT, Filter })

const ROWS: readonly [operation: string, body: object, named: readonly object[]][] = [
  ['BatchMeterUsage', batch({ CustomerAWSAccountId: BUYER }), [both]],
  ['BatchMeterUsage', batch({ CustomerIdentifier: CUSTOMER }), [both]],
  ['BatchMeterUsage', batch({ CustomerIdentifier: '', CustomerAWSAccountId: BUYER }), [both]],
  [
    'BatchMeterUsage',
    batch({ CustomerAWSAccountId: OTHER_BUYER, CustomerIdentifier: CUSTOMER, LicenseArn: LICENSE }),
    [{ ...both, buyer: OTHER_BUYER }],
  ],
  ['BatchMeterUsage', batch({ CustomerIdentifier: 'nobody' }), [{ product: PRODUCT }]],
  ['BatchMeterUsage', { UsageRecords: [{ LicenseArn: LICENSE }] }, [both]],
  ['BatchMeterUsage', { ProductCode: '', UsageRecords: [{ LicenseArn: LICENSE }] }, [both]],
  [
    'BatchMeterUsage',
    batch({ CustomerAWSAccountId: OTHER_BUYER }, 7, { CustomerAWSAccountId: BUYER }),
    [{ ...both, buyer: OTHER_BUYER }, { product: PRODUCT }, both],
  ],
  ['BatchMeterUsage', batch(), [{ product: PRODUCT }]],
  ['BatchMeterUsage', { UsageRecords: 'no list' }, [{}]],
  ['MeterUsage', { ProductCode: PRODUCT }, [{ ...both, buyer: SELLER }]],
  ['RegisterUsage', { ProductCode: PRODUCT }, [{ ...both, buyer: SELLER }]],
  ['RegisterUsage', { ProductCode: 7 }, [{ buyer: SELLER }]],
  ['ResolveCustomer', { RegistrationToken }, [both]],
  ['ResolveCustomer', { RegistrationToken: 'made up' }, [{}]],
  ['ResolveCustomer', {}, [{}]],
  ['GetEntitlements', { ProductCode: PRODUCT }, [{ product: PRODUCT }]],
  ['GetEntitlements', filter('none'), [{ product: PRODUCT }]],
  [
    'GetEntitlements',
    filter({ CUSTOMER_AWS_ACCOUNT_ID: [OTHER_BUYER, 7, BUYER] }),
    [{ ...both, buyer: OTHER_BUYER }, both],
  ],
  ['GetEntitlements', filter({ CUSTOMER_IDENTIFIER: [CUSTOMER] }), [both]],
  ['GetEntitlements', filter({ LICENSE_ARN: [LICENSE] }), [both]],
]

describe('a call', () => {
  for (const [operation, body, named] of ROWS) {
    it(`of ${operation} with ${JSON.stringify(body).slice(0, 120)}`, () => {
      const found = namedIn(operation, { ...body }, SELLER, { catalog, masterKeys })
      const told = found.map(({ buyer, product }) => ({
        ...(buyer && { buyer }),
        ...(product && { product }),
      }))
      assert.deepEqual(told, named)
    })
  }

  it('of another seller does not know this one’s customer identifiers', () => {
    const body = batch({ CustomerIdentifier: CUSTOMER })
    const [named] = namedIn('BatchMeterUsage', body, OTHER_SELLER, { catalog, masterKeys })
    assert.equal(named?.buyer, undefined)
  })
})
