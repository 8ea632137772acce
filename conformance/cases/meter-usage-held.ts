/**
 * MeterUsage: what is held, once an hour, dimension and resource; what a ClientToken stands for; who may report.
 *
 * Each case reports hours of its own (slots.ts), with the same quantities and the same labels in every run.
 */
import type { Case, Exchange, JsonObject, KeyRole } from '../case.ts'
import { held, refused } from './building.ts'

const FACTS = { source: 'meterUsage' } as const

const REPORT: JsonObject = {
  ProductCode: '<container>',
  Timestamp: '<meter.hour+10m>',
  UsageDimension: '<meter.dimension>',
  UsageQuantity: 3,
}

function sent(changes: JsonObject, expect: Exchange['expect'], key: KeyRole = 'buyer'): Exchange {
  const headers = { 'x-amz-target': 'AWSMPMeteringService.MeterUsage' }
  return { send: { body: { ...REPORT, ...changes }, headers, sign: { key } }, expect }
}

const DUPLICATE = refused('DuplicateRequestException')
const TAKEN_TOKEN = { status: 409, type: 'IdempotencyConflictException' } as const
const NO_LABEL = refused('AccessDeniedException')
const NOT_ENTITLED = refused('CustomerNotEntitledException')
const DRY = { DryRun: true }

const hours: readonly Case[] = [
  {
    ...FACTS,
    name: 'meter: the same again, and any minute of the hour, is one report',
    rules: ['11', '166'],
    steps: [
      sent({}, held('usage')),
      sent({}, held('usage')),
      sent({ Timestamp: '<meter.hour>' }, held('usage')),
      sent({ Timestamp: '<meter.hour+59m59s999ms>' }, held('usage')),
    ],
  },
  {
    ...FACTS,
    name: 'meter: another quantity of the hour is a duplicate, and changes nothing',
    rules: ['29', '166', 'D9'],
    steps: [
      sent({}, held('usage')),
      sent({ UsageQuantity: 4 }, DUPLICATE),
      sent({ UsageQuantity: 0, Timestamp: '<meter.hour+20m>' }, DUPLICATE),
      sent({}, held('usage')),
    ],
  },
  {
    ...FACTS,
    name: 'meter: each resource has hours of its own',
    rules: ['29', '166'],
    steps: [
      sent({}, held('one')),
      sent({ UsageQuantity: 4 }, held('other'), 'buyerElsewhere'),
      sent({ UsageQuantity: 3 }, DUPLICATE, 'buyerElsewhere'),
      sent({}, held('one')),
    ],
  },
  {
    ...FACTS,
    name: 'meter: no quantity is 0, and 0 is one',
    rules: ['11'],
    steps: [
      sent({ UsageQuantity: undefined }, held('usage')),
      sent({ UsageQuantity: 0 }, held('usage')),
      sent({ UsageQuantity: 1 }, DUPLICATE),
    ],
  },
  {
    ...FACTS,
    name: 'meter: allocations are kept as they came first',
    rules: ['11', '24', '110', 'D9'],
    steps: [
      sent({ UsageAllocations: [{ AllocatedUsageQuantity: 3 }] }, held('usage')),
      sent({}, held('usage')),
      sent({ UsageAllocations: [{ AllocatedUsageQuantity: 4 }], UsageQuantity: 4 }, DUPLICATE),
    ],
  },
  {
    ...FACTS,
    name: 'meter: what is held comes before the agreement’s state',
    rules: ['28', 'D8', 'D10'],
    steps: [
      sent({}, held('usage')),
      { catalog: 'suspend', licenseArn: '<container.licenseArn>' },
      sent({}, held('usage')),
      sent({ UsageQuantity: 4 }, DUPLICATE),
      sent({ Timestamp: '<now>' }, NOT_ENTITLED, 'buyerElsewhere'),
      { catalog: 'resume', licenseArn: '<container.licenseArn>' },
      sent({}, held('usage')),
    ],
  },
]

const TOKEN = { ClientToken: '<meter.token>' }

const tokens: readonly Case[] = [
  {
    ...FACTS,
    name: 'meter: a client token stands for one report',
    rules: ['30', '35', '167', '168'],
    steps: [
      sent(TOKEN, held('usage')),
      sent(TOKEN, held('usage')),
      sent({ ...TOKEN, UsageQuantity: 4 }, TAKEN_TOKEN),
      sent({ ...TOKEN, Timestamp: '<meter.hour+11m>' }, TAKEN_TOKEN),
      sent(TOKEN, TAKEN_TOKEN, 'buyerElsewhere'),
      sent(TOKEN, held('usage')),
    ],
  },
  {
    ...FACTS,
    name: 'meter: the hour comes after the token',
    rules: ['12', '29', '168'],
    steps: [
      sent(TOKEN, held('usage')),
      sent({}, held('usage')),
      sent({ ClientToken: '<meter.otherToken>' }, held('usage')),
      sent({ UsageQuantity: 4 }, DUPLICATE),
    ],
  },
  {
    ...FACTS,
    name: 'meter: what is wrong in itself comes before the token',
    rules: ['168', 'D11'],
    steps: [
      sent(TOKEN, held('usage')),
      sent({ ...TOKEN, UsageDimension: 'none' }, refused('InvalidUsageDimensionException')),
    ],
  },
]

const ONE_RESOURCE = {
  ProductCode: '<oneResource>',
  UsageDimension: '<oneResource.dimension>',
}

const rights: readonly Case[] = [
  {
    ...FACTS,
    name: 'meter: DryRun tells that all is well, and holds nothing',
    rules: ['169'],
    steps: [
      sent({ ...DRY, UsageQuantity: 8 }, refused('DryRunOperation')),
      sent({}, held('usage')),
      sent({ ...DRY, UsageQuantity: 8 }, refused('DryRunOperation')),
    ],
  },
  {
    ...FACTS,
    name: 'meter: a key without a resource label may not',
    rules: ['166', '169'],
    source: 'project',
    steps: [
      sent({}, NO_LABEL, 'buyerUnlabelled'),
      sent(DRY, refused('UnauthorizedException'), 'buyerUnlabelled'),
    ],
  },
  {
    ...FACTS,
    name: 'meter: nor may the seller for the buyer',
    rules: ['166'],
    source: 'project',
    steps: [sent({}, NO_LABEL, 'seller')],
  },
  {
    ...FACTS,
    name: 'meter: where a buyer runs one, no label is needed, and none counts',
    rules: ['166'],
    source: 'project',
    steps: [
      sent(ONE_RESOURCE, held('usage'), 'buyerUnlabelled'),
      sent(ONE_RESOURCE, held('usage')),
      sent({ ...ONE_RESOURCE, UsageQuantity: 4 }, DUPLICATE, 'buyerElsewhere'),
    ],
  },
]

export const meterUsageHeld: readonly Case[] = [...hours, ...tokens, ...rights]
