/**
 * Which variables each SDK honours, of those that `marketmeter sandbox env` prints and of some that it need not.
 *
 * Read each row as: with this variable alone of its kind (endpoint, Region), and everything else of `sandbox env`, the SDK's calls
 * of this service reach the sandbox. What is here was watched, but for dotnet: nobody has run it so far. docs/sandbox.md tells users.
 */
import type { SdkQuestion } from './step.ts'

const TABLE = `
  given                                             javascript   python       go           java         cli          rust         dotnet
  everything                                        both         both         both         both         both         both         both
  AWS_ENDPOINT_URL_MARKETPLACE_METERING             metering     metering     metering     metering     metering     metering     metering
  AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE  entitlement  entitlement  entitlement  entitlement  entitlement  entitlement  entitlement
  AWS_ENDPOINT_URL                                  both         both         both         both         both         both         both
  AWS_REGION                                        both         neither      both         both         neither      both         both
  AWS_DEFAULT_REGION                                neither      both         both         neither      both         both         neither
`

const OPERATIONS = {
  both: ['BatchMeterUsage', 'GetEntitlements'],
  metering: ['BatchMeterUsage'],
  entitlement: ['GetEntitlements'],
  neither: [],
} as const

type Reached = keyof typeof OPERATIONS
type Variables = Readonly<Record<string, string>>

/** @property reaches The operations that get an answer of the sandbox; the others must fail before they are sent. */
export interface VariableSet {
  readonly given: string
  readonly reaches: readonly SdkQuestion['operation'][]
}

export function variableSets(sdk: string): readonly VariableSet[] {
  const [names = [], ...rows] = TABLE.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const column = names.indexOf(sdk)
  if (column < 1) throw new TypeError(`The table of variables has no column ${sdk}.`)
  return rows.map((cells) => {
    const [given = '', reached = 'neither'] = [cells[0], cells[column] as Reached | undefined]
    return { given, reaches: OPERATIONS[reached] }
  })
}

/** @param all What `sandbox env` prints. @returns All of it, or with the one variable in place of all those of its kind. */
export function variablesOf(given: string, all: Variables): Variables {
  if (given === 'everything') return all
  const kind = given.includes('REGION') ? 'REGION' : 'ENDPOINT_URL'
  const others = Object.entries(all).filter(([name]) => !name.includes(kind))
  const [, value = ''] = Object.entries(all).find(([name]) => name.includes(kind)) ?? []
  return { ...Object.fromEntries(others), [given]: value }
}

const MS_PER_DAY = 86_400_000

/** Of the seed `saas-contract`. */
interface Contract {
  readonly awsAccountId: string
  readonly customerIdentifier?: string
  readonly licenseArn: string
  readonly productCode: string
}

/** @param nowMs The sandbox's clock: usage that is right by it is months away by the SDK's. */
export function environmentQuestions(buyer: Contract, nowMs: number): readonly SdkQuestion[] {
  const { awsAccountId: CustomerAWSAccountId, productCode: ProductCode } = buyer
  const record = { TimestampMs: nowMs - 60_000, Dimension: 'api_calls', Quantity: 3 }
  const entitled = (Dimension: string, Value: object) => ({
    ...{ ProductCode, CustomerAWSAccountId, Dimension, Value },
    ...{ CustomerIdentifier: buyer.customerIdentifier, LicenseArn: buyer.licenseArn },
    ExpirationDateMs: nowMs + 335 * MS_PER_DAY,
  })
  return [
    {
      ...{ name: 'metering', operation: 'BatchMeterUsage' },
      request: { ProductCode, UsageRecords: [{ ...record, CustomerAWSAccountId }] },
      wanted: { results: [{ status: 'Success', id: 'usage' }] },
    },
    {
      ...{ name: 'entitlements', operation: 'GetEntitlements' },
      request: { ProductCode, Filter: { CUSTOMER_AWS_ACCOUNT_ID: [CustomerAWSAccountId] } },
      wanted: {
        entitlements: [
          entitled('seats', { IntegerValue: 25 }),
          entitled('plan', { StringValue: 'team' }),
        ],
        pages: 1,
      },
    },
  ]
}
