/** QR symbols (ISO/IEC 18004) of texts such as an address to pay to: byte mode, level M, versions 1 to 10 (213 bytes). */
import { codewordsOf, versionFor } from './codewords.ts'
import { dataModules, emptySymbol, masks, type Matrix, writeFormat } from './matrix.ts'
import { penaltyOf } from './penalty.ts'

/** The dark (true) and light modules of a text's symbol, without the quiet border. Undefined when the text is too long. */
export function qrSymbol(text: string): readonly (readonly boolean[])[] | undefined {
  const bytes = new TextEncoder().encode(text)
  const version = versionFor(bytes.length)
  if (version === undefined) return undefined
  const { modules, taken } = emptySymbol(version)
  fill(modules, taken, codewordsOf(bytes, version))
  const candidates = masks.map((isFlipped, mask) => {
    const symbol = modules.map((row, y) => row.map((isDark, x) => (taken[y]![x] ? isDark : isDark !== isFlipped(x, y))))
    writeFormat(symbol, mask)
    return { symbol, penalty: penaltyOf(symbol) }
  })
  return candidates.reduce((best, each) => (each.penalty < best.penalty ? each : best)).symbol
}

function fill(modules: Matrix, taken: Matrix, codewords: readonly number[]): void {
  let bit = 0
  for (const [x, y] of dataModules(taken)) {
    const codeword = codewords[bit >>> 3]
    modules[y]![x] = codeword !== undefined && ((codeword >>> (7 - (bit & 7))) & 1) === 1
    bit++
  }
}

/** The symbol as one path of squares on a grid of modules, with the quiet border of four that readers need. */
export function qrPath(symbol: readonly (readonly boolean[])[]): { readonly path: string; readonly size: number } {
  const border = 4
  const path = symbol
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + border} ${y + border}h1v1h-1z` : '')))
    .join('')
  return { path, size: symbol.length + 2 * border }
}
