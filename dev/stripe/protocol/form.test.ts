import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeForm, type FormValue } from './form.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const decoded = (text: string) => {
  const read = decodeForm(text)
  return read.kind === 'decoded' ? plain(read.tree) : read.why
}

test('nested names become trees and lists', () => {
  deepEqual(decoded('a=1&b[c]=2&b[d][0][e]=3&b[d][1][e]=4&f[]=5&f[]=6'), {
    a: '1',
    b: { c: '2', d: [{ e: '3' }, { e: '4' }] },
    f: ['5', '6'],
  })
})

test('what is written in the form of Stripe is read back as it was', () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((text) => !/[[\]]/.test(text) && !/^\d+$/.test(text) && text !== '__proto__')
  const { tree } = fc.letrec<{ tree: Record<string, FormValue>; value: FormValue }>((tie) => ({
    tree: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4 }),
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.string(),
      fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
      tie('tree'),
    ),
  }))
  const write = (value: FormValue, path: string): [string, string][] =>
    typeof value === 'string'
      ? [[path, value]]
      : Object.entries(value).flatMap(([key, inner]) => write(inner, path === '' ? key : `${path}[${key}]`))
  fc.assert(
    fc.property(tree, (value) => {
      deepEqual(decoded(new URLSearchParams(write(value, '')).toString()), plain(value))
    }),
  )
})

test('names that contradict each other, or are none, are refused', () => {
  equal(decoded('a=1&a[b]=2'), 'Parameters conflict at: a[b]')
  equal(decoded('a[b]=2&a=1'), 'Parameters conflict at: a')
  equal(decoded('a[b=1'), 'Invalid parameter name: a[b')
  equal(decoded(`a${'[b]'.repeat(20)}=1`), `Invalid parameter name: a${'[b]'.repeat(20)}`)
})

test('no name reaches what all objects share', () => {
  decodeForm('__proto__[polluted]=yes&constructor[prototype][polluted]=yes')
  equal(({} as Record<string, unknown>)['polluted'], undefined)
})
