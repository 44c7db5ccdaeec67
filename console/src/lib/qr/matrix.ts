/** The modules of a QR symbol (ISO/IEC 18004): a square of dark and light, row by row. */
export type Matrix = boolean[][]

/** Where alignment patterns have their centres, by version; the first version has none. */
const alignment: readonly (readonly number[])[] = [
  [],
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
]

const sizeOf = (version: number): number => 17 + 4 * version

/** A symbol with everything but data and format, and which of its modules are taken by that. */
export function emptySymbol(version: number): { readonly modules: Matrix; readonly taken: Matrix } {
  const size = sizeOf(version)
  const square = (): Matrix => Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  const symbol = { modules: square(), taken: square() }
  const set = (x: number, y: number, isDark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    symbol.modules[y]![x] = isDark
    symbol.taken[y]![x] = true
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    rings(x, y, 4, (ring) => ring !== 2 && ring !== 4, set)
  const centres = alignment[version] ?? []
  const last = centres.length - 1
  for (const [row, y] of centres.entries())
    for (const [column, x] of centres.entries()) {
      const isAtFinder = (row === 0 && (column === 0 || column === last)) || (row === last && column === 0)
      if (!isAtFinder) rings(x, y, 2, (ring) => ring !== 1, set)
    }
  writeFormat(symbol.modules, 0, symbol.taken)
  writeVersion(version, set)
  return symbol
}

type Set = (x: number, y: number, isDark: boolean) => void

/** Squares around a centre, by their distance from it. */
function rings(x: number, y: number, radius: number, isDark: (ring: number) => boolean, set: Set): void {
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) set(x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))))
}

/** The remainder of a binary polynomial, as the format's and the version's error correction want it. */
function remainder(value: number, generator: number, bits: number): number {
  let rest = value
  for (let step = 0; step < bits; step++) rest = (rest << 1) ^ ((rest >>> (bits - 1)) * generator)
  return rest
}

/** The fifteen bits that say level M and the mask. */
const formatBits = (mask: number): number => ((mask << 10) | remainder(mask, 0x537, 10)) ^ 0x5412

/** Writes the format twice, and the one module that is always dark. */
export function writeFormat(modules: Matrix, mask: number, taken?: Matrix): void {
  const bits = formatBits(mask)
  const size = modules.length
  const set = (x: number, y: number, isDark: boolean) => {
    modules[y]![x] = isDark
    if (taken) taken[y]![x] = true
  }
  for (let at = 0; at < 15; at++) {
    const isDark = ((bits >>> at) & 1) === 1
    if (at < 6) set(8, at, isDark)
    else if (at < 8) set(8, at + 1, isDark)
    else if (at === 8) set(7, 8, isDark)
    else set(14 - at, 8, isDark)
    if (at < 8) set(size - 1 - at, 8, isDark)
    else set(8, size - 15 + at, isDark)
  }
  set(8, size - 8, true)
}

/** From the seventh version on a symbol says which it is. */
function writeVersion(version: number, set: Set): void {
  if (version < 7) return
  const bits = (version << 12) | remainder(version, 0x1f25, 12)
  const size = sizeOf(version)
  for (let at = 0; at < 18; at++) {
    const isDark = ((bits >>> at) & 1) === 1
    const along = Math.floor(at / 3)
    const across = size - 11 + (at % 3)
    set(across, along, isDark)
    set(along, across, isDark)
  }
}

/** The modules that carry data, in the order in which its bits fill them: up and down in columns of two, from the right. */
export function* dataModules(taken: Matrix): Generator<readonly [x: number, y: number]> {
  const size = taken.length
  let isUp = true
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step++) {
      const y = isUp ? size - 1 - step : step
      for (const x of [right, right - 1]) if (!taken[y]![x]) yield [x, y]
    }
    isUp = !isUp
  }
}

/** The eight patterns of which one is laid over the data, so that nothing in it looks like a part of the symbol. */
export const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]
