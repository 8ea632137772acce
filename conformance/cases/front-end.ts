/** The HTTP front: method, content type, target, path, size and JSON, before and after the signature. */
import type { Case, Plan } from '../case.ts'
import { batch, once, record, refused, TAKEN } from './building.ts'

const FACTS = { rules: ['61', '63'], source: 'siblings' } as const
const body = batch(record())

const NOT_FOUND = { status: 404, type: 'UnknownOperationException' } as const
const UNKNOWN = refused('UnknownOperationException')

const routes: readonly (readonly [
  string,
  Plan,
  typeof NOT_FOUND | typeof UNKNOWN | typeof TAKEN,
])[] = [
  ['GET', { method: 'GET', text: '' }, NOT_FOUND],
  ['PUT', { method: 'PUT', body }, NOT_FOUND],
  ['DELETE', { method: 'DELETE', text: '' }, NOT_FOUND],
  ['no content type', { body, headers: { 'content-type': null } }, NOT_FOUND],
  ['a content type of text', { body, headers: { 'content-type': 'text/plain' } }, NOT_FOUND],
  ['a content type of CBOR', { body, headers: { 'content-type': 'application/cbor' } }, NOT_FOUND],
  [
    'a content type with a charset',
    { body, headers: { 'content-type': 'application/x-amz-json-1.1; charset=utf-8' } },
    TAKEN,
  ],
  ['no target', { body, headers: { 'x-amz-target': null } }, UNKNOWN],
  ['an empty target', { body, headers: { 'x-amz-target': '' } }, UNKNOWN],
  [
    'a target of another service',
    { body, headers: { 'x-amz-target': 'AWSMPEntitlementService.BatchMeterUsage' } },
    UNKNOWN,
  ],
  [
    'an operation that does not exist',
    { body, headers: { 'x-amz-target': 'AWSMPMeteringService.ListUsage' } },
    UNKNOWN,
  ],
  [
    'an operation in other letters',
    { body, headers: { 'x-amz-target': 'AWSMPMeteringService.batchMeterUsage' } },
    UNKNOWN,
  ],
  [
    'a bad target, unsigned: the target is looked at first',
    { body, headers: { 'x-amz-target': 'Nothing' }, sign: { key: 'none' } },
    UNKNOWN,
  ],
]

const paths: readonly (readonly [string, string])[] = [
  ['a path prefix', '/aws/mp'],
  ['a path prefix with a slash', '/aws/mp/'],
  ['a path with escapes', '/a%20b'],
]

const NOT_JSON = refused('SerializationException')

const json: readonly (readonly [string, Plan])[] = [
  ['an empty body', { text: '' }],
  ['a body that ends early', { body, cutBytes: 1 }],
  ['a body with a member too many', { text: '{"UsageRecords":[],}' }],
  ['a body in single quotes', { text: "{'UsageRecords':[]}" }],
  ['a body that is a list', { text: '[]' }],
  ['a body that is a text', { text: '"UsageRecords"' }],
  ['a body that is null', { text: 'null' }],
  ['a body in XML', { text: '<?xml version="1.0"?><BatchMeterUsage/>' }],
  ['a body of bytes that are no UTF-8', { base64: 'eyJVc2FnZVJlY29yZHMiOltdLCJYIjoi//4ifQ==' }],
  ['NaN for a number', { text: '{"UsageRecords":[{"Timestamp":NaN}],"ProductCode":"<product>"}' }],
]

export const frontEnd: readonly Case[] = [
  ...routes.map(([name, plan, expected]) => once(FACTS, `front end: ${name}`, plan, expected)),
  ...paths.map(([name, path]) =>
    once({ rules: ['146'], source: 'siblings' }, `front end: ${name}`, { body, path }, TAKEN),
  ),
  ...json.map(([name, plan]) =>
    once({ rules: ['62', 'D6'], source: 'siblings' }, `front end: ${name}`, plan, NOT_JSON),
  ),
  once(
    { rules: ['62', 'D6'], source: 'protocol' },
    'front end: of duplicate members the last counts',
    {
      text: '{"UsageRecords":1,"ProductCode":"<product>","UsageRecords":[{"Timestamp":<now-1h>,"Dimension":"none","Dimension":"<dimension>","CustomerAWSAccountId":"<cancelled.account>"}]}',
    },
    TAKEN,
  ),
  once(
    { rules: ['57'], source: 'siblings' },
    'front end: blanks and line ends round the JSON',
    {
      text: ' \r\n\t{"UsageRecords":[{"Timestamp":<now-1h>,"Dimension":"<dimension>","CustomerAWSAccountId":"<cancelled.account>"}],"ProductCode":"<product>"}\r\n ',
    },
    TAKEN,
  ),
]
