import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unwrapForeign, wrapForeign } from './foreign-signature.ts'

test("another provider's signature comes back with where it came from, whatever it is", () => {
  const origins = fc.record({ format: fc.string({ unit: 'binary' }), id: fc.string() }, { requiredKeys: ['format'] })
  fc.assert(
    fc.property(fc.string(), origins, (value, origin) => {
      if (origin.format === 'anthropic-claude-v1') return
      const wrapped = wrapForeign(value, origin)
      ok(wrapped.startsWith('rp1.'))
      deepEqual(unwrapForeign(wrapped), { value, origin: { ...origin } })
    }),
  )
})

test("Anthropic's own signatures, and those that nobody marked, stay as they are", () => {
  for (const detail of [{}, { format: 'anthropic-claude-v1' }, { format: null }, { id: 'x' }])
    equal(wrapForeign('EqQB', detail), 'EqQB')
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!text.startsWith('rp1.')) deepEqual(unwrapForeign(text), { value: text, origin: {} })
    }),
  )
  for (const odd of ['rp1.', 'rp1.x', 'rp1..', 'rp1.bm8.S', 'rp1.e30.S'])
    deepEqual(unwrapForeign(odd), { value: odd, origin: {} })
})
