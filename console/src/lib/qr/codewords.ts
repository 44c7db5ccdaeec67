/** Codewords of a QR symbol at level M, which is read when up to 15 % of it is lost. By version: 1 to 10. */
type Blocks = { readonly codewords: number; readonly correction: number; readonly blocks: number }

const levelM: readonly Blocks[] = [
  { codewords: 26, correction: 10, blocks: 1 },
  { codewords: 44, correction: 16, blocks: 1 },
  { codewords: 70, correction: 26, blocks: 1 },
  { codewords: 100, correction: 18, blocks: 2 },
  { codewords: 134, correction: 24, blocks: 2 },
  { codewords: 172, correction: 16, blocks: 4 },
  { codewords: 196, correction: 18, blocks: 4 },
  { codewords: 242, correction: 22, blocks: 4 },
  { codewords: 292, correction: 22, blocks: 5 },
  { codewords: 346, correction: 26, blocks: 5 },
]

export function blocksOf(version: number): Blocks {
  const found = levelM[version - 1]
  if (!found) throw new RangeError(`no such version of a symbol here: ${version}`)
  return found
}

const dataBytes = ({ codewords, correction, blocks }: Blocks): number => codewords - correction * blocks

/** The smallest version that holds so many bytes; undefined when none does. */
export function versionFor(bytes: number): number | undefined {
  const at = levelM.findIndex((each, index) => headBits(index + 1) + bytes * 8 <= dataBytes(each) * 8)
  return at < 0 ? undefined : at + 1
}

/** Mode and length, before the bytes themselves. */
const headBits = (version: number): number => (version < 10 ? 12 : 20)

/** All codewords of a symbol in the order in which they are laid into it. */
export function codewordsOf(bytes: Uint8Array, version: number): readonly number[] {
  const layout = blocksOf(version)
  const data = padded(bytes, version, dataBytes(layout))
  const shortLength = Math.floor(data.length / layout.blocks)
  const longFrom = layout.blocks - (data.length % layout.blocks)
  const blocks: number[][] = []
  let from = 0
  for (let block = 0; block < layout.blocks; block++) {
    const to = from + shortLength + (block >= longFrom ? 1 : 0)
    blocks.push(data.slice(from, to))
    from = to
  }
  const corrections = blocks.map((block) => correctionOf(block, layout.correction))
  return [...interleaved(blocks), ...interleaved(corrections)]
}

/** The first of each, then the second of each, and so on; shorter ones are over earlier. */
function interleaved(lists: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_none, at) => lists.flatMap((list) => list[at] ?? [])).flat()
}

/** Byte mode, the length, the bytes, an end, and filling. */
function padded(bytes: Uint8Array, version: number, length: number): number[] {
  const lengthBits = headBits(version) - 4
  let bits = `0100${bytes.length.toString(2).padStart(lengthBits, '0')}`
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  bits += '0'.repeat(Math.min(4, length * 8 - bits.length))
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
  const data = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  for (let filler = 0; data.length < length; filler++) data.push(filler % 2 === 0 ? 0xec : 0x11)
  return data
}

/** Multiplies in the field of 256 elements that the symbol counts in. */
export function multiply(one: number, other: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d)
    product ^= ((other >>> bit) & 1) * one
  }
  return product
}

/** Reed and Solomon's correction of a block. */
function correctionOf(block: readonly number[], length: number): number[] {
  const generator = generatorOf(length)
  const rest: number[] = Array.from({ length }, () => 0)
  for (const byte of block) {
    const factor = byte ^ (rest.shift() ?? 0)
    rest.push(0)
    for (const [at, coefficient] of generator.entries()) rest[at] = (rest[at] ?? 0) ^ multiply(coefficient, factor)
  }
  return rest
}

/** The product of (x - 2^0) to (x - 2^(length - 1)), without its leading one. */
function generatorOf(length: number): readonly number[] {
  const product: number[] = Array.from({ length }, (_none, at) => (at === length - 1 ? 1 : 0))
  let root = 1
  for (let step = 0; step < length; step++) {
    for (let at = 0; at < length; at++)
      product[at] = multiply(product[at] ?? 0, root) ^ (at + 1 < length ? (product[at + 1] ?? 0) : 0)
    root = multiply(root, 2)
  }
  return product
}
