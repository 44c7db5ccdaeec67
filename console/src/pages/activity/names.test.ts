import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { filterOf, nameOf } from './names.ts'

const line = {
  group: 'a',
  subgroup: null,
  group_name: null,
  subgroup_name: null,
  is_other: false,
  values: [],
  total: 0,
  before_total: null,
}

test('lines of a chart are called by what people know', () => {
  equal(nameOf({ ...line, group: 'id', group_name: 'production' }, 'key', undefined), 'production')
  equal(nameOf({ ...line, group: '429' }, 'status', undefined), 'Rate-limited (429)')
  equal(nameOf({ ...line, group: '200' }, 'status', undefined), 'Answered (200)')
  equal(nameOf({ ...line, group: '' }, 'app', undefined), 'No app named')
  equal(nameOf({ ...line, subgroup: 'true' }, 'model', 'streamed'), 'a · Streamed')
  equal(nameOf({ ...line, group: null, is_other: true }, 'model', undefined), 'Other')
  equal(nameOf({ ...line, group: null }, undefined, undefined), 'All calls')
})

test('a line leads to its calls where a filter can tell them', () => {
  deepEqual(filterOf({ ...line, group: 'id' }, 'key'), { key_id: 'id' })
  deepEqual(filterOf({ ...line, group: 'Search' }, 'app'), { app_title: 'Search' })
  deepEqual(filterOf(line, 'model'), { model: 'a' })
  equal(filterOf({ ...line, group: null, is_other: true }, 'model'), undefined)
  equal(filterOf({ ...line, group: '' }, 'user'), undefined)
})
