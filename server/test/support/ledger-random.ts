/** Numbers that look like chance and are the same again for the same seed. */
export type RandomSource = {
  /** An integer from 0 on, below the bound. */
  readonly below: (bound: number) => number
  readonly of: <T>(things: readonly T[]) => T
}

/** SplitMix32: good enough to choose by, and to be seeded with any number. */
export function randomSource(seed: number): RandomSource {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (bound: number): number => Math.floor((next() / 2 ** 32) * bound)
  return { below, of: (things) => things[below(things.length)]! }
}
