import assert from 'node:assert/strict'
import { test } from 'node:test'
import { facts, table } from './table.ts'
import { harmless } from './terminal.ts'

test('columns line up, numbers at their right end, and no line ends in spaces', () => {
  const lines = table(
    [{ title: 'name' }, { title: 'credits', align: 'right' }, { title: 'note' }],
    [
      ['a', '1', ''],
      ['longer', '1,000,000', 'x'],
    ],
  )
  assert.deepEqual(lines, ['name      credits  note', 'a               1', 'longer  1,000,000  x'])
})

test('characters that terminals draw wide count as two columns', () => {
  const [, first = '', second = ''] = table(
    [{ title: 'n' }, { title: 'v' }],
    [
      ['日本', '|'],
      ['four', '|'],
    ],
  )
  assert.equal(first, '日本  |')
  assert.equal(second, 'four  |')
})

test('names that others chose can neither break a line nor steer the terminal', () => {
  const [line] = facts([['name', 'evil\u001B[2J\nkey  sk-rp-forged']])
  assert.equal(line, 'name  evil [2J key  sk-rp-forged')
  assert.equal(harmless('a\u001B]0;title\u0007b\n\tc\r'), 'a]0;titleb\n\tc')
})
