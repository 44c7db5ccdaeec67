import type { Matrix } from './matrix.ts'

/** How badly a symbol reads (ISO/IEC 18004, 7.8.3): long runs, blocks, what looks like a finder, and how unequal it is. */
export function penaltyOf(modules: Matrix): number {
  const size = modules.length
  const columns = modules.map((_row, x) => modules.map((row) => row[x] === true))
  let sum = 0
  for (const line of [...modules, ...columns]) sum += runs(line) + finders(line)
  for (let y = 0; y < size - 1; y++)
    for (let x = 0; x < size - 1; x++) {
      const own = modules[y]![x]
      if (own === modules[y]![x + 1] && own === modules[y + 1]![x] && own === modules[y + 1]![x + 1]) sum += 3
    }
  const dark = modules.flat().filter(Boolean).length
  return sum + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10))
}

function runs(line: readonly boolean[]): number {
  let sum = 0
  let length = 0
  for (const [at, module] of line.entries()) {
    length = at > 0 && module === line[at - 1] ? length + 1 : 1
    if (length === 5) sum += 3
    else if (length > 5) sum += 1
  }
  return sum
}

const likeFinders = new Set(['10111010000', '00001011101'])

function finders(line: readonly boolean[]): number {
  const text = line.map((module) => (module ? '1' : '0')).join('')
  let sum = 0
  for (let at = 0; at + 11 <= text.length; at++) if (likeFinders.has(text.slice(at, at + 11))) sum += 40
  return sum
}
