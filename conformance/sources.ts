/** The public documents that the contract's rules go back to. A case names one of them. */

const API_REFERENCE = 'https://docs.aws.amazon.com/marketplace/latest/APIReference/'
const SELLER_GUIDE = 'https://docs.aws.amazon.com/marketplace/latest/userguide/'

export const SOURCES = {
  operation: {
    title: 'API reference, BatchMeterUsage',
    url: `${API_REFERENCE}API_marketplace-metering_BatchMeterUsage.html`,
  },
  record: {
    title: 'API reference, UsageRecord',
    url: `${API_REFERENCE}API_marketplace-metering_UsageRecord.html`,
  },
  result: {
    title: 'API reference, UsageRecordResult',
    url: `${API_REFERENCE}API_marketplace-metering_UsageRecordResult.html`,
  },
  tag: {
    title: 'API reference, Tag',
    url: `${API_REFERENCE}API_marketplace-metering_Tag.html`,
  },
  meterUsage: {
    title: 'API reference, MeterUsage',
    url: `${API_REFERENCE}API_marketplace-metering_MeterUsage.html`,
  },
  resolveCustomer: {
    title: 'API reference, ResolveCustomer',
    url: `${API_REFERENCE}API_marketplace-metering_ResolveCustomer.html`,
  },
  registerUsage: {
    title: 'API reference, RegisterUsage',
    url: `${API_REFERENCE}API_marketplace-metering_RegisterUsage.html`,
  },
  getEntitlements: {
    title: 'API reference, GetEntitlements',
    url: `${API_REFERENCE}API_marketplace-entitlements_GetEntitlements.html`,
  },
  commonErrors: {
    title: 'API reference, common errors',
    url: `${API_REFERENCE}CommonErrors.html`,
  },
  regions: {
    title: 'API reference, Regions of the metering service',
    url: `${API_REFERENCE}metering-regions.html`,
  },
  meteringGuide: {
    title: 'Seller guide, metering for usage',
    url: `${SELLER_GUIDE}metering-for-usage.html`,
  },
  agreements: {
    title: 'Seller guide, SaaS notifications',
    url: `${SELLER_GUIDE}saas-notification.html`,
  },
  protocol: {
    title: 'Smithy, AWS JSON 1.1 protocol',
    url: 'https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html',
  },
  signatures: {
    title: 'Signature Version 4',
    url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html',
  },
  siblings: {
    title: 'Answers recorded from sibling services (kinesalite, dynalite)',
    url: 'https://github.com/mhart/kinesalite',
  },
  liveScope: {
    title: 'A live answer to a wrong signing name, 2017',
    url: 'https://github.com/aws/aws-sdk-go/issues/1033',
  },
  project: {
    title: 'A decision of this project, where AWS publishes nothing',
    url: 'docs/compatibility.md',
  },
} as const satisfies Record<string, { readonly title: string; readonly url: string }>

export type Source = keyof typeof SOURCES
