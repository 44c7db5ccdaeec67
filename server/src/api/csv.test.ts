import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cell, csvBytes, csvLine } from './csv.ts'
import { parseCsv } from './test/parse-csv.ts'

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', ',', '\r', '\n', '\t', '=', '+', '-', '@', "'", ' ', '1'),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  ),
  maxLength: 12,
})
const anyCell: fc.Arbitrary<Cell> = fc.oneof(nasty, fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null))
const anyTable = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.array(fc.array(anyCell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
  )

const plainNumber = /^-?\d+(\.\d+)?$/

test('a parser of RFC 4180 reads every table back, cell by cell, and no cell is a formula', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, async (table) => {
      const rows = (async function* () {
        yield* table
      })()
      let text = ''
      for await (const piece of csvBytes({ fileName: 'x.csv', rows })) text += Buffer.from(piece).toString('utf8')
      const read = parseCsv(text)
      equal(read.length, table.length)
      for (const [y, row] of table.entries())
        for (const [x, cell] of row.entries()) {
          const found = read[y]![x]!
          const given = cell === null ? '' : String(cell).toWellFormed()
          ok(found === given || found === `'${given}`, JSON.stringify([given, found]))
          if (/^[=+\-@\t\r]/.test(found)) ok(plainNumber.test(found), JSON.stringify(found))
        }
    }),
    { numRuns: 500 },
  )
})

test('what spreadsheets would run begins with an apostrophe; amounts stay exact text', () => {
  deepEqual(parseCsv(csvLine(['=1+1', '+1', '-1+1', '@x', '\tx', '\rx', '-0.002', '90071992547409.931', 5n, null])), [
    ["'=1+1", "'+1", "'-1+1", "'@x", "'\tx", "'\rx", '-0.002', '90071992547409.931', '5', ''],
  ])
})
