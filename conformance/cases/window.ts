/**
 * Which timestamps are taken: both profiles, both sides of each limit.
 *
 * Against a running clock the limits are tried half a minute away; exactly, to the millisecond, where the bindings
 * control the clock. A buyer who is not subscribed shows that the window let the record pass.
 */
import type { Case, Expected, ProfileName } from '../case.ts'
import { batch, once, record, refused, results, TAKEN } from './building.ts'

const OUT = refused(
  'TimestampOutOfBoundsException',
  'The timestamp value passed in the UsageRecord is out of allowed range.',
)

type Row = readonly [name: string, timestamp: string, expected: Expected, profile?: ProfileName]

const running: readonly Row[] = [
  ['now', '<now>', TAKEN],
  ['an hour ago', '<now-1h>', TAKEN],
  ['6 hours less half a minute ago', '<now-6h+30s>', TAKEN],
  ['6 hours and half a minute ago', '<now-6h-30s>', OUT, 'aws-2025'],
  ['a day ago', '<now-24h>', OUT],
  ['25 hours ago', '<now-25h>', OUT],
  ['5 minutes less half a minute ahead', '<now+4m30s>', TAKEN],
  ['5 minutes and half a minute ahead', '<now+5m30s>', OUT],
  ['an hour ahead', '<now+1h>', OUT],
]

const FAR = ['0', '-1', '-1e15', '1e15', '1e300', '-1e300', '1795428930987'] as const

/** 20 November 2026 is in mid-month, so that only the age counts. */
const MID = '2026-11-20T12:00:00.000Z'

type Exact = readonly [
  name: string,
  clock: string,
  timestamp: string,
  expected: Expected,
  profile?: ProfileName,
]

const exact: readonly Exact[] = [
  ['6 hours less 1 ms', MID, '<now-6h+1ms>', TAKEN],
  ['6 hours', MID, '<now-6h>', OUT, 'aws-2025'],
  ['6 hours in the wider window', MID, '<now-6h>', TAKEN, 'aws-2026'],
  ['24 hours less 1 ms', MID, '<now-24h+1ms>', TAKEN, 'aws-2026'],
  ['24 hours', MID, '<now-24h>', OUT, 'aws-2026'],
  ['5 minutes ahead', MID, '<now+5m>', TAKEN],
  ['5 minutes and 1 ms ahead', MID, '<now+5m1ms>', OUT],
  [
    'last month’s last ms at 05:59:59.999',
    '2026-11-01T05:59:59.999Z',
    '<now-6h>',
    TAKEN,
    'aws-2026',
  ],
  ['last month’s last ms at 06:00', '2026-11-01T06:00:00.000Z', '<now-6h-1ms>', OUT, 'aws-2026'],
  ['this month’s first ms at 06:00', '2026-11-01T06:00:00.000Z', '<now-6h>', TAKEN, 'aws-2026'],
  ['last month at 05:00, 24 hours old', '2026-11-01T05:00:00.000Z', '<now-24h>', OUT, 'aws-2026'],
  [
    'last month at 05:00, 24 hours less 1 ms',
    '2026-11-01T05:00:00.000Z',
    '<now-24h+1ms>',
    TAKEN,
    'aws-2026',
  ],
  [
    'last month at 03:00, no month’s end in this profile',
    '2026-11-01T03:00:00.000Z',
    '<now-6h+1ms>',
    TAKEN,
    'aws-2025',
  ],
  ['last month at 05:00, 6 hours old', '2026-11-01T05:00:00.000Z', '<now-6h>', OUT, 'aws-2025'],
]

const facts = (profile: ProfileName | undefined) =>
  ({ rules: ['87', '89', '94', 'D1'], source: 'operation', ...(profile && { profile }) }) as const

export const timeWindow: readonly Case[] = [
  ...running.map(([name, timestamp, expected, profile]) =>
    once(
      facts(profile),
      `window: ${name}`,
      { body: batch(record({ Timestamp: timestamp })) },
      expected,
    ),
  ),
  once(
    facts('aws-2026'),
    'window: a day and half a minute ago',
    { body: batch(record({ Timestamp: '<now-24h-30s>' })) },
    OUT,
  ),
  ...FAR.map((number) =>
    once(
      facts(undefined),
      `window: the timestamp ${number}`,
      {
        text: `{"UsageRecords":[{"Timestamp":${number},"Dimension":"<dimension>","CustomerAWSAccountId":"<cancelled.account>"}],"ProductCode":"<product>"}`,
      },
      OUT,
    ),
  ),
  once(
    facts(undefined),
    'window: one old record of 25 refuses them all',
    {
      body: batch(
        ...Array.from({ length: 24 }, () => record()),
        record({ Timestamp: '<now-25h>' }),
      ),
    },
    OUT,
  ),
  once(
    facts(undefined),
    'window: nanoseconds, as Rust sends them',
    {
      text: '{"UsageRecords":[{"Timestamp":<now-1h>4567891,"Dimension":"<dimension>","CustomerAWSAccountId":"<cancelled.account>"}],"ProductCode":"<product>"}',
    },
    results('CustomerNotSubscribed'),
  ),
  ...exact.map(([name, clock, timestamp, expected, profile]) => ({
    ...once(
      { ...facts(profile), rules: ['87', '88', '89', '90', '91', '94'] },
      `window, exactly: ${name}, ${profile ?? 'both profiles'}`,
      { body: batch(record({ Timestamp: timestamp, CustomerAWSAccountId: '000000000000' })) },
      expected,
    ),
    clock,
  })),
]
