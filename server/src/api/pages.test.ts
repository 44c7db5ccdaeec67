import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../core/errors.ts'
import { isUuid } from '../core/ids.ts'
import { fromCursor, pageFrom, toCursor } from './pages.ts'

const anything = () => true
const isRefused = (error: unknown) =>
  error instanceof AppError && error.code === 'invalid_request' && error.param === 'cursor'

test('a cursor says again what it was made of', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 3 }), (position) => {
      deepEqual(
        fromCursor(
          toCursor(position),
          position.map(() => anything),
        ),
        position,
      )
    }),
  )
})

test('whatever is not a cursor of this list is refused with 400, never a fault', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map((json) => Buffer.from(json).toString('base64url')),
      ),
      (text) => {
        throws(() => fromCursor(text, [isUuid]), isRefused)
      },
    ),
  )
  throws(() => fromCursor(toCursor(['a', 'b']), [anything]), isRefused)
  throws(() => fromCursor(toCursor([]), [anything]), isRefused)
  throws(() => fromCursor(toCursor(['not an id']), [isUuid]), isRefused)
})

test('no cursor begins at the beginning', () => equal(fromCursor(undefined, [isUuid]), undefined))

test('pages joined by their cursors are the whole list, each entry once, and the last page says so', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }), (length, limit) => {
      const list = Array.from({ length }, (_, at) => at)
      const seen: number[] = []
      let cursor: string | undefined
      for (let pages = 0; ; pages++) {
        const [after] = fromCursor(cursor, [(part) => /^\d+$/.test(part)]) ?? ['-1']
        const rows = list.filter((entry) => entry > Number(after)).slice(0, limit + 1)
        const page = pageFrom(rows, limit, { entry: (row) => row, position: (row) => [String(row)] })
        seen.push(...page.data)
        if (page.next_cursor === null) break
        cursor = page.next_cursor
        equal(pages <= length, true)
      }
      deepEqual(seen, list)
    }),
  )
})
