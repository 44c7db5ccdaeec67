import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { flag, list, oneOf, readSearch, searchShape, text, time, wholeNumber, writeSearch } from './search.ts'

const read = searchShape({
  model: text,
  state: oneOf('ok', 'failed'),
  from: time,
  status: wholeNumber(100, 599),
  live: flag,
  keys: list,
})

test('an address that was written reads back as it was', () => {
  const search = {
    model: 'openai/gpt-4o',
    state: 'ok',
    from: '2026-01-31T00:00:00Z',
    status: 402,
    live: true,
    keys: ['a', 'b'],
  } as const
  const written = writeSearch(search)
  equal(written, '?model=openai/gpt-4o&state=ok&from=2026-01-31T00:00:00Z&status=402&live=1&keys=a,b')
  deepEqual(read(readSearch(written)), search)
})

test('what a link gives as values reads like its text', () => {
  deepEqual(read({ status: 402, live: true, keys: ['a', 'b'] }), { status: 402, live: true, keys: ['a', 'b'] })
})

test('what does not read is as good as absent', () => {
  deepEqual(read(readSearch('?state=odd&from=yesterday&status=99&live=no&keys=,&model=&else=1')), {})
})

test('what is not set leaves no trace in the address', () => {
  equal(writeSearch({ model: undefined, keys: [], live: false, state: '' }), '')
})
