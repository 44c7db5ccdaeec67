import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { callIdOf, generationId, idSource, isUuid, uuidTimeMs } from './ids.ts'

const makeIdAt = (ms: number) => idSource({ nowMs: () => ms, monotonicMs: () => 0 }, { bytes: randomBytes })

test('an id is a UUID of version 7 that tells its millisecond, and later ids sort later', () => {
  const earlier = makeIdAt(1_700_000_000_000)()
  const later = makeIdAt(1_700_000_000_001)()
  assert.match(earlier, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(uuidTimeMs(earlier), 1_700_000_000_000)
  assert.ok(earlier < later)
  assert.ok(isUuid(earlier))
})

test('ids of one millisecond do not collide', () => {
  const make = makeIdAt(1)
  assert.equal(new Set(Array.from({ length: 10_000 }, make)).size, 10_000)
})

test('a generation id leads back to its call, and nothing else does', () => {
  const id = makeIdAt(1)()
  assert.equal(callIdOf(generationId(id)), id)
  for (const text of [id, 'gen-', 'gen-1', `gen-${id}0`, `GEN-${id}`, `gen-${id.toUpperCase()}`])
    assert.equal(callIdOf(text), undefined, text)
})
