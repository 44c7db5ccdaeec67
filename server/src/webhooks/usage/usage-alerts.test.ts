import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { alertSpans, spanAround } from './span.ts'

test('every moment lies in its hour, day and month, which begin and end on the calendar of UTC and leave no gap', () => {
  const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, fc.constantFrom(...alertSpans), (at, span) => {
      const { start, end } = spanAround(at, span)
      ok(start <= at && at < end)
      deepEqual(spanAround(end, span).start, end)
      deepEqual(spanAround(new Date(end.getTime() - 1), span), { start, end })
      const text = start.toISOString()
      equal(text.slice(span === 'hour' ? 14 : 11), span === 'hour' ? '00:00.000Z' : '00:00:00.000Z')
      if (span === 'month') equal(text.slice(8, 10), '01')
    }),
  )
})
