/**
 * The shapes of BatchMeterUsage: both sides of each constraint, with the texts that AWS gives, and what the
 * answer echoes. CONTRACT rules 3 to 10, 53 to 58 and decision D6.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AWS_2025 } from '../core/profile.ts'
import type { InstantMs, MeteringRecordId } from '../core/usage.ts'
import {
  batchMeterUsageAnswer,
  batchMeterUsageShape,
  toBatch,
  type WireUsageRecord,
} from './batch-meter-usage.ts'
import { parseJsonObject } from './json.ts'
import { Refused } from './refused.ts'
import { readRequest } from './shape.ts'
import { toInstantMs } from './usage-members.ts'

const LICENSE = 'arn:aws:license-manager::294406891311:license:l-9d01d15f86334a8894365cd7350556ff'
const INTEGER = 'com.amazon.coral.value.json.numbers.TruncatingBigNumber'
const ARN_PATTERN =
  '^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$'

const RECORD: Readonly<Record<string, unknown>> = {
  Timestamp: 1_795_435_954,
  Dimension: 'requests',
}

/** A member's JSON text in an otherwise good record, and what is said of it; `ok` where nothing is. */
type Row = readonly [member: string, json: string, answer: string]

describe('a usage record', () => {
  const at = (member: string) => `usageRecords.1.member.${member}`
  const rows: readonly Row[] = [
    ['Dimension', '"a"', 'ok'],
    ['Dimension', text(255), 'ok'],
    ['Dimension', '"\\n"', 'ok'],
    ['Dimension', '"\\u0000"', 'ok'],
    ['Dimension', '"\\ud800"', 'ok'],
    ['Dimension', `"${'😀'.repeat(255)}"`, 'ok'],
    [
      'Dimension',
      '""',
      value('', at('dimension'), 'Member must have length greater than or equal to 1'),
    ],
    ['Dimension', text(256), tooLong(256, at('dimension'), 255)],
    [
      'Dimension',
      `"${'😀'.repeat(256)}"`,
      value('😀'.repeat(256), at('dimension'), 'Member must have length less than or equal to 255'),
    ],
    ['Dimension', 'null', notNull(at('dimension'))],
    ['Dimension', '5', type(`class ${INTEGER} can not be converted to an String`)],
    ['Dimension', 'true', type('class java.lang.Boolean can not be converted to an String')],
    ['Dimension', '[]', type('Start of list found where not expected')],
    ['Dimension', '{}', type('Start of structure or map found where not expected.')],

    ['CustomerIdentifier', '""', 'ok'],
    ['CustomerIdentifier', text(255), 'ok'],
    ['CustomerIdentifier', 'null', 'ok'],
    ['CustomerIdentifier', text(256), tooLong(256, at('customerIdentifier'), 255)],
    ['CustomerIdentifier', '1', type(`class ${INTEGER} can not be converted to an String`)],

    ['CustomerAWSAccountId', '"1"', 'ok'],
    ['CustomerAWSAccountId', `"${'1'.repeat(255)}"`, 'ok'],
    [
      'CustomerAWSAccountId',
      `"${'1'.repeat(256)}"`,
      value(
        '1'.repeat(256),
        at('customerAWSAccountId'),
        'Member must have length less than or equal to 255',
      ),
    ],
    [
      'CustomerAWSAccountId',
      '"12345678901a"',
      value(
        '12345678901a',
        at('customerAWSAccountId'),
        'Member must satisfy regular expression pattern: ^[0-9]+$',
      ),
    ],
    [
      'CustomerAWSAccountId',
      '"123456789012\\n"',
      value(
        '123456789012\n',
        at('customerAWSAccountId'),
        'Member must satisfy regular expression pattern: ^[0-9]+$',
      ),
    ],
    [
      'CustomerAWSAccountId',
      '"١٢٣"',
      value(
        '١٢٣',
        at('customerAWSAccountId'),
        'Member must satisfy regular expression pattern: ^[0-9]+$',
      ),
    ],
    [
      'CustomerAWSAccountId',
      '""',
      `2 validation errors detected: Value '' at '${at('customerAWSAccountId')}' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9]+$; Value '' at '${at('customerAWSAccountId')}' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    ],
    [
      'CustomerAWSAccountId',
      '123456789012',
      type(`class ${INTEGER} can not be converted to an String`),
    ],

    ['LicenseArn', `"${LICENSE}"`, 'ok'],
    ['LicenseArn', '"arn:aws-cn:l:::x"', 'ok'],
    ['LicenseArn', `"arn:aws:l:::${'x'.repeat(1_024)}"`, 'ok'],
    [
      'LicenseArn',
      `"arn:aws:l:::${'x'.repeat(1_025)}"`,
      value(
        `${`arn:aws:l:::${'x'.repeat(1_025)}`.slice(0, 1_024)}…`,
        at('licenseArn'),
        `Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
      ),
    ],
    [
      'LicenseArn',
      '""',
      value('', at('licenseArn'), `Member must satisfy regular expression pattern: ${ARN_PATTERN}`),
    ],
    [
      'LicenseArn',
      '"aws:license-manager:us-east-1:123456789012:l-1"',
      value(
        'aws:license-manager:us-east-1:123456789012:l-1',
        at('licenseArn'),
        `Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
      ),
    ],

    // A value is told back up to 1,024 characters.
    [
      'LicenseArn',
      text(1_024),
      value(
        'x'.repeat(1_024),
        at('licenseArn'),
        `Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
      ),
    ],
    [
      'LicenseArn',
      text(1_025),
      value(
        `${'x'.repeat(1_024)}…`,
        at('licenseArn'),
        `Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
      ),
    ],

    ['Quantity', '0', 'ok'],
    ['Quantity', '-0', 'ok'],
    ['Quantity', '5.0', 'ok'],
    ['Quantity', '5e0', 'ok'],
    ['Quantity', '2147483647', 'ok'],
    ['Quantity', 'null', 'ok'],
    [
      'Quantity',
      '-1',
      value('-1', at('quantity'), 'Member must have value greater than or equal to 0'),
    ],
    [
      'Quantity',
      '2147483648',
      value(
        '2147483648',
        at('quantity'),
        'Member must have value less than or equal to 2147483647',
      ),
    ],
    [
      'Quantity',
      '9007199254740993',
      value(
        '9007199254740992',
        at('quantity'),
        'Member must have value less than or equal to 2147483647',
      ),
    ],
    ['Quantity', '1e400', type(`class ${INTEGER} can not be converted to an Integer`)],
    ['Quantity', '-1e400', type(`class ${INTEGER} can not be converted to an Integer`)],
    ['Quantity', '1.5', type(`class ${INTEGER} can not be converted to an Integer`)],
    ['Quantity', '0.000001', type(`class ${INTEGER} can not be converted to an Integer`)],
    ['Quantity', '"5"', type('class java.lang.String can not be converted to an Integer')],
    ['Quantity', 'true', type('class java.lang.Boolean can not be converted to an Integer')],
    ['Quantity', '[5]', type('Start of list found where not expected')],
    ['Quantity', '{"a":5}', type('Start of structure or map found where not expected.')],

    ['Timestamp', '1795435954', 'ok'],
    ['Timestamp', '1795435954.321', 'ok'],
    ['Timestamp', '1795435954.515726883', 'ok'],
    ['Timestamp', '1.795435954321E9', 'ok'],
    ['Timestamp', '-1', 'ok'],
    ['Timestamp', '0', 'ok'],
    ['Timestamp', 'null', notNull(at('timestamp'))],
    ['Timestamp', '1e400', type(`class ${INTEGER} can not be converted to a Date`)],
    [
      'Timestamp',
      '"2026-11-23T12:00:00Z"',
      type('class java.lang.String can not be converted to milliseconds since epoch'),
    ],
    [
      'Timestamp',
      'true',
      type('class java.lang.Boolean can not be converted to milliseconds since epoch'),
    ],
    ['Timestamp', '{}', type('Start of structure or map found where not expected.')],
    ['Timestamp', '[]', type('Start of list found where not expected')],

    ['UsageAllocations', 'null', 'ok'],
    [
      'UsageAllocations',
      '[]',
      value(
        '[0 members]',
        at('usageAllocations'),
        'Member must have length greater than or equal to 1',
      ),
    ],
    ['UsageAllocations', many(2_500, allocation()), 'ok'],
    [
      'UsageAllocations',
      many(2_501, allocation()),
      value(
        '[2501 members]',
        at('usageAllocations'),
        'Member must have length less than or equal to 2500',
      ),
    ],
    ['UsageAllocations', '[null]', notNull(at('usageAllocations.1.member'))],
    ['UsageAllocations', '{}', type('Start of structure or map found where not expected.')],
    ['UsageAllocations', '"x"', type('Expected list or null')],
    ['UsageAllocations', '[5]', type('Expected null')],
    ['UsageAllocations', '[[]]', type('Start of list found where not expected')],

    ['Unknown', '{"deep":[1.5,"x"]}', 'ok'],
    ['dimension', '5', 'ok'],
    ['__proto__', '{"Quantity":"x"}', 'ok'],
    ['constructor', '5', 'ok'],
  ]
  for (const [member, json, answer] of rows) {
    it(`with ${member} ${short(json)}: ${short(answer)}`, () => {
      assert.equal(answerTo(bodyWith(member, json)), answer)
    })
  }

  for (const member of ['Timestamp', 'Dimension']) {
    it(`without ${member} lacks it`, () => {
      const body = JSON.stringify({ UsageRecords: [{ ...RECORD, [member]: undefined }] })
      assert.equal(answerTo(body), notNull(at(member.toLowerCase())))
    })
  }
})

describe('an allocation', () => {
  const at = (member: string) => `usageRecords.1.member.usageAllocations.1.member.${member}`
  const tag = (key: string, val: string) => `[{"Key":${key},"Value":${val}}]`
  const rows: readonly Row[] = [
    ['AllocatedUsageQuantity', '0', 'ok'],
    ['AllocatedUsageQuantity', '2147483647', 'ok'],
    [
      'AllocatedUsageQuantity',
      '2147483648',
      value(
        '2147483648',
        at('allocatedUsageQuantity'),
        'Member must have value less than or equal to 2147483647',
      ),
    ],
    [
      'AllocatedUsageQuantity',
      '-1',
      value(
        '-1',
        at('allocatedUsageQuantity'),
        'Member must have value greater than or equal to 0',
      ),
    ],
    ['AllocatedUsageQuantity', 'null', notNull(at('allocatedUsageQuantity'))],
    ['AllocatedUsageQuantity', '1.5', type(`class ${INTEGER} can not be converted to an Integer`)],
    ['Tags', 'null', 'ok'],
    [
      'Tags',
      '[]',
      value('[0 members]', at('tags'), 'Member must have length greater than or equal to 1'),
    ],
    // Six tags are InvalidTagException's business (rule 123), so the shape lets them pass.
    ['Tags', many(6, '{"Key":"k","Value":"v"}'), 'ok'],
    ['Tags', '[null]', notNull(at('tags.1.member'))],
    ['Tags', tag(text(100), '"v"'), 'ok'],
    ['Tags', tag(text(101), '"v"'), tooLong(101, at('tags.1.member.key'), 100)],
    [
      'Tags',
      tag('""', '"v"'),
      value('', at('tags.1.member.key'), 'Member must have length greater than or equal to 1'),
    ],
    ['Tags', tag('null', '"v"'), notNull(at('tags.1.member.key'))],
    ['Tags', tag('"k"', text(256)), 'ok'],
    ['Tags', tag('"k"', text(257)), tooLong(257, at('tags.1.member.value'), 256)],
    [
      'Tags',
      tag('"k"', '""'),
      value('', at('tags.1.member.value'), 'Member must have length greater than or equal to 1'),
    ],
    ['Tags', tag('"k"', 'null'), notNull(at('tags.1.member.value'))],
    ['Tags', tag('"k"', '5'), type(`class ${INTEGER} can not be converted to an String`)],
    // Characters are InvalidTagException's business too (rule 125).
    ['Tags', tag('"~"', '"v"'), 'ok'],
  ]
  for (const [member, json, answer] of rows) {
    it(`with ${member} ${short(json)}: ${short(answer)}`, () => {
      const other = member === 'Tags' ? '"AllocatedUsageQuantity":1,' : ''
      const body = bodyWith('UsageAllocations', `[{${other}"${member}":${json}}]`)
      assert.equal(answerTo(body), answer)
    })
  }

  it('takes an empty tag value and refuses a sixth tag, where the profile says so', () => {
    const profile = { ...AWS_2025, tagValueMayBeEmpty: true, tooManyTags: 'validation' as const }
    const body = (tags: string) =>
      bodyWith('UsageAllocations', `[{"AllocatedUsageQuantity":1,"Tags":${tags}}]`)
    assert.equal(answerTo(body(tag('"k"', '""')), profile), 'ok')
    assert.equal(answerTo(body(many(5, '{"Key":"k","Value":"v"}')), profile), 'ok')
    const six = value('[6 members]', at('tags'), 'Member must have length less than or equal to 5')
    assert.equal(answerTo(body(many(6, '{"Key":"k","Value":"v"}')), profile), six)
  })
})

describe('a request', () => {
  const rows: readonly (readonly [name: string, body: string, answer: string])[] = [
    ['no records', '{"UsageRecords":[]}', 'ok'],
    ['25 records', `{"UsageRecords":${many(25, JSON.stringify(RECORD))}}`, 'ok'],
    [
      '26 records',
      `{"UsageRecords":${many(26, JSON.stringify(RECORD))}}`,
      value('[26 members]', 'usageRecords', 'Member must have length less than or equal to 25'),
    ],
    ['nothing', '{}', notNull('usageRecords')],
    ['null records', '{"UsageRecords":null}', notNull('usageRecords')],
    ['a null record', '{"UsageRecords":[null]}', notNull('usageRecords.1.member')],
    [
      'records that are a map',
      '{"UsageRecords":{}}',
      type('Start of structure or map found where not expected.'),
    ],
    ['records that are a text', '{"UsageRecords":"x"}', type('Expected list or null')],
    ['a record that is a number', '{"UsageRecords":[1]}', type('Expected null')],
    [
      'a record that is a list',
      '{"UsageRecords":[[]]}',
      type('Start of list found where not expected'),
    ],
    ['an empty product code', withCode('""'), 'ok'],
    ['the longest product code', withCode(text(255)), 'ok'],
    ['every character of a product code', withCode('"-azAZ09/=:_.@"'), 'ok'],
    ['too long a product code', withCode(text(256)), tooLong(256, 'productCode', 255)],
    [
      'a blank in the product code',
      withCode('"a b"'),
      value(
        'a b',
        'productCode',
        'Member must satisfy regular expression pattern: ^[-a-zA-Z0-9/=:_.@]*$',
      ),
    ],
    [
      'a line end after the product code',
      withCode('"ab\\n"'),
      value(
        'ab\n',
        'productCode',
        'Member must satisfy regular expression pattern: ^[-a-zA-Z0-9/=:_.@]*$',
      ),
    ],
    [
      'a product code that is a number',
      withCode('1'),
      type(`class ${INTEGER} can not be converted to an String`),
    ],
    ['the same member twice: the last counts', '{"UsageRecords":"x","UsageRecords":[]}', 'ok'],
    [
      'the same member twice: the last is wrong',
      '{"UsageRecords":[],"UsageRecords":"x"}',
      type('Expected list or null'),
    ],
  ]
  for (const [name, body, answer] of rows) {
    it(`with ${name}: ${short(answer)}`, () => assert.equal(answerTo(body), answer))
  }

  it('with a wrong type anywhere is refused for it, whatever else is wrong before', () => {
    const records = [...Array<unknown>(30).fill(null), { ...RECORD, Quantity: '5' }]
    const body = JSON.stringify({ UsageRecords: records, ProductCode: 'a b' })
    assert.equal(answerTo(body), type('class java.lang.String can not be converted to an Integer'))
    const code = JSON.stringify({ UsageRecords: records.slice(0, 26), ProductCode: 5 })
    assert.equal(answerTo(code), type(`class ${INTEGER} can not be converted to an String`))
  })

  it('lists ten problems at most, in the order of the model, each under its own path', () => {
    const record = { Timestamp: null, Dimension: '', Quantity: -1 }
    const body = JSON.stringify({ UsageRecords: Array(4).fill(record), ProductCode: 'a b' })
    const each = (position: number) => [
      `Value null at 'usageRecords.${position}.member.timestamp' failed to satisfy constraint: Member must not be null`,
      `Value '' at 'usageRecords.${position}.member.dimension' failed to satisfy constraint: Member must have length greater than or equal to 1`,
      `Value '-1' at 'usageRecords.${position}.member.quantity' failed to satisfy constraint: Member must have value greater than or equal to 0`,
    ]
    const listed = [1, 2, 3, 4].flatMap(each).slice(0, 10)
    assert.equal(answerTo(body), `10 validation errors detected: ${listed.join('; ')}`)
  })
})

describe('a request in the domain’s words', () => {
  it('has no name that was sent empty', () => {
    const record = { ...RECORD, CustomerIdentifier: '', CustomerAWSAccountId: '111122223333' }
    const batch = toBatch(read(JSON.stringify({ UsageRecords: [record], ProductCode: '' })))
    assert.deepEqual(batch, {
      records: [
        {
          buyer: { account: '111122223333' },
          dimension: 'requests',
          quantity: 0,
          timestampMs: 1_795_435_954_000,
        },
      ],
    })
  })

  it('has every member that was sent', () => {
    const record = {
      ...RECORD,
      Timestamp: 1_795_435_954.321,
      Quantity: 5,
      CustomerAWSAccountId: '111122223333',
      LicenseArn: LICENSE,
      UsageAllocations: [
        { AllocatedUsageQuantity: 2, Tags: [{ Key: 'team', Value: 'red' }] },
        { AllocatedUsageQuantity: 3 },
      ],
    }
    const batch = toBatch(read(JSON.stringify({ UsageRecords: [record], ProductCode: 'code' })))
    assert.deepEqual(batch, {
      productCode: 'code',
      records: [
        {
          buyer: { account: '111122223333', licenseArn: LICENSE },
          dimension: 'requests',
          quantity: 5,
          timestampMs: 1_795_435_954_321,
          allocations: [
            { quantity: 2, tags: [{ key: 'team', value: 'red' }] },
            { quantity: 3, tags: [] },
          ],
        },
      ],
    })
  })

  it('has zero for minus zero', () => {
    const [record] = read(bodyWith('Quantity', '-0')).UsageRecords
    assert.ok(Object.is(record?.Quantity, 0))
  })
})

describe('a timestamp', () => {
  const rows = [
    ['1795435954', 1_795_435_954_000],
    ['1795435954.3', 1_795_435_954_300],
    ['1795435954.321', 1_795_435_954_321],
    ['1795435954.987654', 1_795_435_954_987],
    ['1795435954.999999', 1_795_435_954_999],
    ['1795435954.515726883', 1_795_435_954_515],
    ['1795435953.999999700', 1_795_435_953_999],
    ['1795435954.320999700', 1_795_435_954_320],
    ['1795435954.321000099', 1_795_435_954_321],
    ['1.795435954321E+9', 1_795_435_954_321],
    ['0', 0],
    ['0.0009', 0],
    ['-0.0001', -1],
    ['-1.5', -1_500],
    ['1e300', 8.64e15],
    ['-1e300', -8.64e15],
    ['1.7e308', 8.64e15],
  ] as const
  for (const [json, ms] of rows) {
    it(`of ${json} s is ${ms} ms, cut and never rounded`, () => {
      assert.equal(toInstantMs(Number(json)), ms)
    })
  }

  const instants = fc.integer({ min: -6e13, max: 6e13 })

  it('gives back any millisecond that it was made from', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        assert.equal(toInstantMs(ms / 1_000), ms)
        const [seconds, rest] = [Math.floor(ms / 1_000), ((ms % 1_000) + 1_000) % 1_000]
        if (ms >= 0)
          assert.equal(toInstantMs(Number(`${seconds}.${String(rest).padStart(3, '0')}`)), ms)
      }),
    )
  })

  it('stays in its millisecond, whatever its nanoseconds, as far as a double tells them apart', () => {
    const nanoseconds = fc.integer({ min: 200, max: 999_700 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2.1e12 }), nanoseconds, (ms, ns) => {
        const fraction = String((ms % 1_000) * 1_000_000 + ns).padStart(9, '0')
        const seconds = Number(`${Math.floor(ms / 1_000)}.${fraction}`)
        assert.equal(toInstantMs(seconds), ms as InstantMs)
      }),
    )
  })
})

describe('the answer', () => {
  const id = '079a2a2d-6a1b-8000-9abc-0123456789ab' as MeteringRecordId

  it('has a result for each record, in order, with what was sent', () => {
    const sent = `{"UsageRecords":[
      {"Quantity":5,"Timestamp":1795435954.321,"Dimension":"a","CustomerIdentifier":"c","Extra":1},
      {"Timestamp":1795435954,"Dimension":"b","CustomerAWSAccountId":"111122223333","LicenseArn":null},
      {"Timestamp":1795435954.5157269,"Dimension":"c","CustomerIdentifier":"","CustomerAWSAccountId":"1",
       "UsageAllocations":[{"Tags":[{"Value":"v","Key":"k"}],"AllocatedUsageQuantity":0}]}
    ]}`
    const outcomes = [
      { status: 'Success', id },
      { status: 'CustomerNotSubscribed' },
      { status: 'DuplicateRecord' },
    ] as const
    const body = written(read(sent).UsageRecords, outcomes)
    assert.equal(
      body,
      '{"Results":[' +
        '{"UsageRecord":{"Timestamp":1795435954.321,"CustomerIdentifier":"c","Dimension":"a","Quantity":5},' +
        `"MeteringRecordId":"${id}","Status":"Success"},` +
        '{"UsageRecord":{"Timestamp":1795435954,"Dimension":"b","Quantity":0,"CustomerAWSAccountId":"111122223333"},' +
        '"Status":"CustomerNotSubscribed"},' +
        '{"UsageRecord":{"Timestamp":1795435954.5157268,"CustomerIdentifier":"","Dimension":"c","Quantity":0,' +
        '"UsageAllocations":[{"AllocatedUsageQuantity":0,"Tags":[{"Key":"k","Value":"v"}]}],"CustomerAWSAccountId":"1"},' +
        '"Status":"DuplicateRecord"}' +
        '],"UnprocessedRecords":[]}',
    )
  })

  it('has both lists where nothing was sent', () => {
    assert.equal(written([], []), '{"Results":[],"UnprocessedRecords":[]}')
  })

  it('gives back what could not be reached, to be sent again', () => {
    const records = read(`{"UsageRecords":${many(2, JSON.stringify(RECORD))}}`).UsageRecords
    const body = written(records, ['unprocessed', { status: 'Success', id }])
    assert.deepEqual(JSON.parse(body), {
      Results: [{ UsageRecord: echoed(records[1]), MeteringRecordId: id, Status: 'Success' }],
      UnprocessedRecords: [echoed(records[0])],
    })
  })

  it('is plain ASCII where a text holds half a character', () => {
    const records = read(bodyWith('Dimension', '"\\ud800"')).UsageRecords
    const body = written(records, [{ status: 'CustomerNotSubscribed' }])
    assert.ok(body.includes('"Dimension":"\\ud800"'))
  })

  function written(...answer: Parameters<typeof batchMeterUsageAnswer>): string {
    return JSON.stringify(batchMeterUsageAnswer(...answer))
  }

  function echoed(record: WireUsageRecord | undefined): unknown {
    return JSON.parse(JSON.stringify(record))
  }
})

function bodyWith(member: string, json: string): string {
  // Put together as text: what stands there need not survive JavaScript's own objects.
  const others = Object.entries(RECORD).filter(([name]) => name !== member)
  const members = others.map(([name, given]) => `"${name}":${JSON.stringify(given)}`)
  return `{"UsageRecords":[{${[...members, `"${member}":${json}`].join()}}]}`
}

function withCode(json: string): string {
  return `{"UsageRecords":[],"ProductCode":${json}}`
}

function read(body: string) {
  return readRequest(batchMeterUsageShape(AWS_2025), parseJsonObject(Buffer.from(body)))
}

/** `ok`, or the text of the error, with the name in front unless it is a ValidationException. */
function answerTo(body: string, profile = AWS_2025): string {
  try {
    readRequest(batchMeterUsageShape(profile), parseJsonObject(Buffer.from(body)))
    return 'ok'
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, message } = error.refusal
    return code === 'ValidationException' ? message : `${code}: ${message}`
  }
}

function value(shown: string, path: string, constraint: string): string {
  return `1 validation error detected: Value '${shown}' at '${path}' failed to satisfy constraint: ${constraint}`
}

function tooLong(length: number, path: string, max: number): string {
  return value('x'.repeat(length), path, `Member must have length less than or equal to ${max}`)
}

function notNull(path: string): string {
  return `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`
}

function type(message: string): string {
  return `SerializationException: ${message}`
}

function text(length: number): string {
  return `"${'x'.repeat(length)}"`
}

function many(count: number, json: string): string {
  return `[${Array<string>(count).fill(json).join()}]`
}

function allocation(): string {
  return '{"AllocatedUsageQuantity":0}'
}

function short(long: string): string {
  const line = JSON.stringify(long).slice(1, -1)
  return line.length > 90 ? `${line.slice(0, 90)}… (${line.length})` : line
}
