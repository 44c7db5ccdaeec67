/** A text is counted in slices of about this many UTF-16 units, some 30 ms each, so that others get their turn. */
export const sliceUnits = 65_536

/**
 * A run of one kind of more characters is cut, every so many UTF-16 units. The tokenizer's time grows with the square of
 * a run: a million random letters would take ten minutes in one piece, and take 1.2 s in these. No word is that long, so
 * ordinary text is never cut.
 */
export const runCharactersMax = 256

/**
 * The kinds of runs that o200k_base may take as one word: letters, signs, white space, and slashes mixed with line ends.
 * They overlap, so what is left may have twice the length.
 */
const longRuns = new RegExp(
  [String.raw`[\p{L}\p{M}]`, String.raw`[^\s\p{L}\p{N}]`, String.raw`\s`, String.raw`[\r\n/]`]
    .map((kind) => `${kind}{${runCharactersMax + 1},}`)
    .join('|'),
  'gu',
)

/** Cuts a text where that changes no count: before a space that follows something else. Elsewhere only if there is none. */
export function* slicesOf(text: string): Generator<string> {
  let start = 0
  while (text.length - start > sliceUnits) {
    const end = safeEnd(text, start)
    yield text.slice(start, end)
    start = end
  }
  yield text.slice(start)
}

function safeEnd(text: string, start: number): number {
  const furthest = start + sliceUnits
  for (let end = furthest; end > start + 1; end--) {
    if (text[end] === ' ' && !/\s/u.test(text[end - 1]!)) return end
  }
  return wholeCharacter(text, furthest)
}

/** Cuts a slice inside its overlong runs; without any, it comes back as it is. */
export function* cutRuns(slice: string): Generator<string> {
  let start = 0
  for (const { index, 0: run } of slice.matchAll(longRuns)) {
    for (let end = index + runCharactersMax; end < index + run.length; end += runCharactersMax) {
      const cut = wholeCharacter(slice, end)
      yield slice.slice(start, cut)
      start = cut
    }
  }
  yield slice.slice(start)
}

/** `at`, or one further where that would split a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at
}
