/** Regions: the one of the signature counts, and it is part of what makes a fact (D4). */
import type { Case } from '../case.ts'
import { batch, once, ownRecord, record, refused, results } from './building.ts'

export const regions: readonly Case[] = [
  once(
    { rules: ['20', '142', 'D4'], source: 'regions' },
    'regions: a Region that is not served',
    { body: batch(record()), sign: { region: 'xx-nowhere-1' } },
    refused('DisabledApiException'),
  ),
  {
    name: 'regions: the same usage in two Regions is two facts',
    rules: ['103', 'D4'],
    source: 'project',
    steps: [
      { send: { body: batch(ownRecord()) }, expect: results('Success a') },
      {
        send: { body: batch(ownRecord()), sign: { region: '<secondRegion>' } },
        expect: results('Success b'),
      },
      { send: { body: batch(ownRecord()) }, expect: results('Success a') },
    ],
  },
]
