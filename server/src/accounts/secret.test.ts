import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Chance } from '../core/clock.ts'
import { labelOf, makeSecret, parseSecret } from './secret.ts'
import type { KeyKind } from './types.ts'

const chance: Chance = { bytes: (length) => randomBytes(length) }
const kinds: readonly KeyKind[] = ['inference', 'management']

test('a secret says its kind, has 42 random characters and 6 of checksum', () => {
  assert.match(makeSecret('inference', chance), /^sk-rp-[0-9A-Za-z]{48}$/)
  assert.match(makeSecret('management', chance), /^sk-rpm-[0-9A-Za-z]{48}$/)
  for (const kind of kinds) assert.equal(parseSecret(makeSecret(kind, chance)), kind)
})

test('a secret with any one character changed, dropped or doubled is refused without a look-up', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.nat(53),
      fc.constantFrom('0', '9', 'A', 'Z', 'a', 'z', '-', '_', ' ', 'é'),
      (kind, at, character) => {
        const secret = makeSecret(kind, chance)
        const changed = secret.slice(0, at) + character + secret.slice(at + 1)
        if (changed !== secret) assert.equal(parseSecret(changed), undefined)
        assert.equal(parseSecret(secret.slice(0, at) + secret.slice(at + 1)), undefined)
        assert.equal(parseSecret(secret.slice(0, at) + secret[at]! + secret.slice(at)), undefined)
      },
    ),
  )
})

test('a secret of one kind cannot be passed off as the other', () => {
  assert.equal(parseSecret(makeSecret('inference', chance).replace('sk-rp-', 'sk-rpm-')), undefined)
  assert.equal(parseSecret(makeSecret('management', chance).replace('sk-rpm-', 'sk-rp-')), undefined)
})

test('other texts are not keys', () => {
  fc.assert(fc.property(fc.string(), (text) => parseSecret(text) === undefined))
  const secret = makeSecret('inference', chance)
  for (const text of [`${secret}\n`, ` ${secret}`, `${secret} `, secret.toUpperCase(), '']) {
    assert.equal(parseSecret(text), undefined)
  }
})

test('each character is equally likely: bytes that would favour the first ones are drawn again', () => {
  const draws = [Uint8Array.from({ length: 42 }, (_, at) => 248 + (at % 8)), new Uint8Array(42).fill(247)]
  const scripted: Chance = { bytes: () => draws.shift()! }
  assert.equal(makeSecret('inference', scripted).slice(6, 48), 'z'.repeat(42))
  const counts = new Map<string, number>()
  for (let byte = 0; byte < 248; byte++) {
    const character = makeSecret('inference', { bytes: (length) => new Uint8Array(length).fill(byte) })[6]!
    counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  assert.deepEqual([...new Set(counts.values())], [4])
  assert.equal(counts.size, 62)
})

test('a label shows three characters at each end and nothing between', () => {
  const secret = makeSecret('inference', chance)
  assert.equal(labelOf(secret), `${secret.slice(0, 9)}...${secret.slice(-3)}`)
  const management = makeSecret('management', chance)
  assert.equal(labelOf(management), `${management.slice(0, 10)}...${management.slice(-3)}`)
})
