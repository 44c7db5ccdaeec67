import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conversationKey, openPins } from './index.ts'

const ask = (content: string, more: object = {}) => ({
  messages: [
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content },
  ],
  ...more,
})

test('a conversation is known by how it begins, for one account and one model', () => {
  const first = conversationKey('a', 'm', ask('Hi'), undefined)
  const later = {
    messages: [...ask('Hi').messages, { role: 'assistant', content: 'Yes?' }, { role: 'user', content: '1' }],
  }
  assert.equal(conversationKey('a', 'm', later, undefined), first)
  for (const other of [
    conversationKey('b', 'm', ask('Hi'), undefined),
    conversationKey('a', 'n', ask('Hi'), undefined),
    conversationKey('a', 'm', ask('Ho'), undefined),
  ])
    assert.notEqual(other, first)
})

test('a session or a cache key names a conversation, however it goes on', () => {
  const named = conversationKey('a', 'm', ask('Hi'), 's-1')
  assert.equal(conversationKey('a', 'm', ask('Something else'), 's-1'), named)
  assert.notEqual(conversationKey('a', 'm', ask('Hi'), 's-2'), named)
  const cached = conversationKey('a', 'm', ask('Hi', { prompt_cache_key: 'k' }), undefined)
  assert.equal(conversationKey('a', 'm', ask('Ho', { prompt_cache_key: 'k' }), undefined), cached)
})

test('a pin lasts ten idle minutes, and the oldest go when there are too many', () => {
  const pins = openPins(2)
  pins.keep('one', 'a', 0)
  assert.deepEqual([pins.find('one', 599_999), pins.find('one', 600_000)], ['a', undefined])
  pins.keep('one', 'a', 500_000)
  assert.equal(pins.find('one', 1_000_000), 'a')
  pins.keep('two', 'b', 500_001)
  pins.keep('one', 'a', 500_002)
  pins.keep('three', 'c', 500_003)
  assert.deepEqual(
    ['one', 'two', 'three'].map((name) => pins.find(name, 500_004)),
    ['a', undefined, 'c'],
  )
})
