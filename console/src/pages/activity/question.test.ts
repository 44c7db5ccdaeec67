import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketMs, bucketsFor, groupNames, metricNames, questionOf, usualBucket } from './question.ts'

const document = JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'))
const allowed = (name: string): readonly string[] =>
  document.paths['/api/v1/usage/series'].get.parameters.find((each: { name: string }) => each.name === name).schema.enum

test('everything that the API can chart and group by can be chosen', () => {
  deepEqual(metricNames.toSorted(), allowed('metric').toSorted())
  deepEqual(groupNames.toSorted(), allowed('group').toSorted())
})

test('whatever an address says, the bars are as many as can be drawn', () => {
  const anyBucket = fc.constantFrom('minute', 'hour', 'day', 'week', 'month', undefined)
  fc.assert(
    fc.property(fc.integer({ min: 60_000, max: 3 * 365 * 86_400_000 }), anyBucket, (spanMs, bucket) => {
      ok(spanMs / bucketMs(questionOf({ bucket }, spanMs).bucket) < 750)
      ok(bucketsFor(spanMs).includes(usualBucket(spanMs)))
    }),
  )
})

test('what does not add up is never stacked nor summed', () => {
  const question = questionOf({ metric: 'first_token_p95', look: 'bars', cumulative: true }, 86_400_000)
  deepEqual([question.look, question.cumulative], ['lines', false])
})

test('a part of a group needs another group', () => {
  equal(questionOf({ group: 'none', subgroup: 'key' }, 1).subgroup, undefined)
  equal(questionOf({ group: 'key', subgroup: 'key' }, 1).subgroup, undefined)
  equal(questionOf({ subgroup: 'key' }, 1).subgroup, 'key')
})
