import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { blocksOf, multiply } from './codewords.ts'
import { qrSymbol } from './index.ts'
import { dataModules, emptySymbol, masks } from './matrix.ts'

type Modules = readonly (readonly boolean[])[]

/** What the format beside the first finder says, bit by bit. */
function formatOf(symbol: Modules): { readonly level: number; readonly mask: number } {
  const places = [
    ...[0, 1, 2, 3, 4, 5, 7, 8].map((y) => [8, y] as const),
    ...[7, 5, 4, 3, 2, 1, 0].map((x) => [x, 8] as const),
  ]
  let word = 0
  for (const [at, [x, y]] of places.entries()) if (symbol[y]![x]) word |= 1 << at
  const found = (word ^ 0x5412) >>> 10
  return { level: found >>> 3, mask: found & 7 }
}

/** Reads an undamaged symbol as a camera's software does; fails when a block's correction does not fit its data. */
function read(symbol: Modules): string {
  const version = (symbol.length - 17) / 4
  const { level, mask } = formatOf(symbol)
  equal(level, 0)
  const bits = [...dataModules(emptySymbol(version).taken)].map(([x, y]) => symbol[y]![x] !== masks[mask]!(x, y))
  const { codewords, correction, blocks } = blocksOf(version)
  const all = Array.from({ length: codewords }, (_none, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit) => byte * 2 + (bit ? 1 : 0), 0),
  )
  const dataLength = codewords - correction * blocks
  const short = Math.floor(dataLength / blocks)
  const lengths = Array.from({ length: blocks }, (_none, at) => short + (at >= blocks - (dataLength % blocks) ? 1 : 0))
  const split: number[][] = lengths.map(() => [])
  let at = 0
  for (let index = 0; index <= short; index++)
    for (const [block, length] of lengths.entries()) if (index < length) split[block]!.push(all[at++]!)
  const data = split.flat()
  for (let index = 0; index < correction; index++) for (const block of split) block.push(all[at++]!)
  for (const block of split) deepEqual(syndromes(block, correction), Array(correction).fill(0))
  const text = data.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  equal(text.slice(0, 4), '0100')
  const head = version < 10 ? 12 : 20
  const length = Number.parseInt(text.slice(4, head), 2)
  const bytes = Array.from({ length }, (_none, index) =>
    Number.parseInt(text.slice(head + index * 8, head + index * 8 + 8), 2),
  )
  return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes))
}

/** All zero for a block that nothing has changed. */
function syndromes(block: readonly number[], correction: number): number[] {
  let root = 1
  return Array.from({ length: correction }, () => {
    const value = block.reduce((sum, byte) => multiply(sum, root) ^ byte, 0)
    root = multiply(root, 2)
    return value
  })
}

test('whatever text fits is read back from its symbol, with corrections that fit', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const symbol = qrSymbol(text)
      if (symbol === undefined) return
      equal(read(symbol), text)
    }),
    { numRuns: 30 },
  )
  for (const text of ['', 'Zwölf Boxkämpfer', '支払い', '💊']) equal(read(qrSymbol(text)!), text)
})

test('a symbol is as small as its text allows', () => {
  const most = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
  for (const [at, length] of most.entries()) {
    const text = 'a'.repeat(length)
    const symbol = qrSymbol(text)!
    equal(symbol.length, 21 + 4 * at)
    equal(read(symbol), text)
  }
})

test('what does not fit has no symbol', () => equal(qrSymbol('a'.repeat(214)), undefined))

test('a symbol has its three finders, its timing and its dark module', () => {
  const symbol = qrSymbol('ethereum:0x5FbDB2315678afecb367f032d93F642f64180aa3@31337')!
  const size = symbol.length
  const finder = ['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const)
    deepEqual(
      symbol.slice(top, top + 7).map((row) =>
        row
          .slice(left, left + 7)
          .map((isDark) => (isDark ? '1' : '0'))
          .join(''),
      ),
      finder,
    )
  for (let at = 8; at < size - 8; at++) equal(symbol[6]![at], at % 2 === 0)
  ok(symbol[size - 8]![8])
})
