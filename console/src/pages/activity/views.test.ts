import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { readViews, withView } from './views.ts'

test('kept views are read; what is none is passed over', () => {
  const view = { name: 'Spend by key', search: { group: 'key' } } as const
  deepEqual(readViews(JSON.stringify([view, null, 7, { name: '' }, { search: {} }])), [view])
  for (const broken of [null, '', '{', '{}', '7']) deepEqual(readViews(broken), [])
})

test('a view of the same name is replaced; the newest stands first; there are never too many', () => {
  const first = withView([{ name: 'a', search: { metric: 'calls' } }], { name: 'b', search: {} })
  deepEqual(
    withView(first, { name: 'a', search: {} }).map(({ name, search }) => [name, search]),
    [
      ['a', {}],
      ['b', {}],
    ],
  )
  let views = first
  for (let n = 0; n < 80; n++) views = withView(views, { name: `view ${n}`, search: {} })
  equal(views.length, 50)
})
