import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { changeLines } from './key-changes.ts'
import { bodyOf, changesOf, draftOf, emptyDraft, newBodyOf, problemsOf, soundPart } from './key-draft.ts'
import { aKey } from './test/a-key.ts'

const now = new Date('2026-01-23T12:00:00Z')
const show = { unit: 'usd', zone: 'utc' } as const

test('an empty form makes a key with nothing but its name: what is not set is not sent', () => {
  deepEqual(newBodyOf({ ...emptyDraft('usd'), name: ' production ' }, 'utc'), { name: 'production' })
})

test('amounts are sent as exact credits, whichever unit they were typed in', () => {
  const draft = { ...emptyDraft('usd'), name: 'a', limit: { text: '5', unit: 'usd' }, window: 'day' } as const
  const capped = { ...draft, callCap: { text: '1,000.5', unit: 'credits' } } as const
  deepEqual(newBodyOf(capped, 'utc'), {
    name: 'a',
    limit_credits: '10000000',
    limit_window: 'day',
    call_cap_credits: '1000.5',
  })
})

test('a form that nobody touched changes nothing, whatever the key has and in whichever unit and zone it is shown', () => {
  const key = aKey({
    limit_credits: '123.456',
    call_cap_credits: '7',
    expires_at: '2026-03-01T10:20:33.456Z',
    allowed_models: ['openai/*', 'local/echo'],
    allowed_addresses: ['10.0.0.0/8'],
    requests_per_minute: 0,
    cache_seconds: 60,
    store_answers: false,
  })
  for (const unit of ['usd', 'credits'] as const)
    for (const zone of ['utc', 'local'] as const) deepEqual(changesOf(key, draftOf(key, unit, zone), zone), {})
})

test('what will change is read back line by line before it is saved, and only that is sent', () => {
  const key = aKey({ limit_credits: '10000000', limit_window: 'month', allowed_models: ['openai/*'] })
  const draft = { ...draftOf(key, 'usd', 'utc'), limit: { text: '7.5', unit: 'usd' }, models: '' } as const
  deepEqual(changeLines(key, draft, show), [
    { what: 'Limit', before: '$5.00', after: '$7.50' },
    { what: 'Models', before: 'openai/*', after: 'all' },
  ])
  deepEqual(changesOf(key, draft, 'utc'), { limit_credits: '15000000', allowed_models: null })
})

test('taking a limit away says so', () => {
  const key = aKey({ limit_credits: '10000000', call_cap_credits: '20000', expires_at: '2026-03-01T10:20:00Z' })
  const draft = { ...draftOf(key, 'usd', 'utc'), limit: { text: '', unit: 'usd' }, expires: '' } as const
  deepEqual(changeLines(key, draft, show), [
    { what: 'Limit', before: '$5.00', after: 'no limit' },
    { what: 'Expires', before: '2026-03-01 10:20:00 UTC', after: 'never' },
  ])
})

test('lists are read from lines, blanks and commas, each entry once', () => {
  const draft = { ...emptyDraft('usd'), name: 'a', models: 'openai/*,  local/echo\n\nopenai/*' }
  deepEqual(bodyOf(draft, 'utc').allowed_models, ['openai/*', 'local/echo'])
})

test('what cannot be sent is told at its field', () => {
  const draft = {
    ...emptyDraft('usd'),
    limit: { text: 'five', unit: 'usd' },
    expires: '2026-01-23T11:59',
    parallelMax: '-1',
  } as const
  deepEqual(Object.keys(problemsOf(draft, 'utc', now)).toSorted(), ['expires', 'limit', 'name', 'parallelMax'])
  equal(Object.keys(problemsOf({ ...emptyDraft('usd'), name: 'a' }, 'utc', now)).length, 0)
})

test('what is wrong in a form changes nothing: a mistyped limit is not read as none', () => {
  const key = aKey({ limit_credits: '10000000', call_cap_credits: '20000' })
  const begin = draftOf(key, 'usd', 'utc')
  const draft = {
    ...begin,
    name: 'renamed',
    limit: { text: 'abc', unit: 'usd' },
    callCap: { text: '-1', unit: 'usd' },
  } as const
  const sound = soundPart(draft, begin, problemsOf(draft, 'utc', now))
  deepEqual(changesOf(key, sound, 'utc'), { name: 'renamed' })
  deepEqual(
    changeLines(key, sound, show).map(({ what }) => what),
    ['Name'],
  )
})
