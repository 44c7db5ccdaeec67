import { deepEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { callFilterShape, callQuery, filtersIn, rangeShape, withoutFilters } from './call-search.ts'
import { searchShape, writeSearch, readSearch } from './search.ts'

const read = searchShape({ ...callFilterShape, ...rangeShape })

test('every filter that the API knows for calls can be in the address, under the same name', () => {
  const text = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')
  const { parameters } = JSON.parse(text).paths['/api/v1/generations'].get
  const known = parameters.map(({ name }: { name: string }) => name)
  const ours = [...Object.keys(callFilterShape), 'from', 'to', 'limit', 'cursor']
  deepEqual(ours.toSorted(), known.toSorted())
})

test('filters survive the way into an address and back, whatever is in them', () => {
  const search = {
    model: 'acme/large:free',
    status: 'error',
    fallback: 'true',
    min_credits: '0.5',
    max_duration_ms: 2_000,
    user: 'a b&c=d,e',
    metadata: '{"team":"red"}',
    range: '7d',
  } as const
  deepEqual(read(readSearch(writeSearch(search))), search)
})

test('what is no filter is left out, so an old link still opens the page', () => {
  deepEqual(read({ status: 'bad', fallback: 'maybe', min_credits: '-1', max_duration_ms: 'x', kind: 'dance' }), {})
  deepEqual(read({ min_credits: '10.50' }), { min_credits: '10.5' })
})

test('the API is asked for the filters and the time; flags are flags', () => {
  const search = { ...read({ fallback: 'false', model: 'a', range: '24h' }), call: 'gen-1' }
  const from = '2026-01-01T00:00:00.000Z'
  deepEqual(callQuery(search, { from, to: undefined }, 'own'), { model: 'a', fallback: false, account_id: 'own', from })
  deepEqual(filtersIn(search), { fallback: 'false', model: 'a' })
  const all = callQuery({ account_id: 'all' }, { from, to: from }, 'own')
  deepEqual(all, { from, to: from })
  deepEqual(filtersIn(withoutFilters(search)), {})
})
