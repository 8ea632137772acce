import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from './table.ts'

test('columns are as wide as their longest cell, and no cell breaks a row', () => {
  assert.equal(
    formatTable(
      ['A', 'LONG'],
      [
        ['four', 'x'],
        ['two\nrows', ''],
        ['esc\u001b[31m', 'y'],
      ],
    ),
    ['A         LONG', 'four      x', 'two·rows', 'esc·[31m  y', ''].join('\n'),
  )
})

test('no rows are a heading', () => {
  assert.equal(formatTable(['A', 'B'], []), 'A  B\n')
})
