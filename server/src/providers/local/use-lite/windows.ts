/**
 * Cuts a token list into as few windows of at most `tokensMax` as possible, of nearly equal length: the network reads no
 * further than that, and a short rest would weigh too much.
 */
export function cutWindows(tokens: readonly number[], tokensMax: number): readonly (readonly number[])[] {
  const count = Math.ceil(tokens.length / tokensMax)
  return Array.from({ length: count }, (_, at) =>
    tokens.slice(Math.floor((at * tokens.length) / count), Math.floor(((at + 1) * tokens.length) / count)),
  )
}

/** The mean of the windows' vectors, weighted by their tokens, cut to `dimensions` and brought to unit length. */
export function joinVectors(
  windows: readonly { readonly vector: Float32Array; readonly tokens: number }[],
  dimensions: number,
): Float32Array {
  const [only] = windows
  if (windows.length === 1 && only && dimensions === only.vector.length) return only.vector
  const sum = new Float64Array(dimensions)
  for (const { vector, tokens } of windows) for (let at = 0; at < dimensions; at++) sum[at]! += vector[at]! * tokens
  const length = Math.hypot(...sum)
  return Float32Array.from(sum, (value) => (length === 0 ? 0 : value / length))
}

/**
 * Puts windows into batches of at most `tokensMax` padded tokens. A batch is padded to its longest window, so windows of
 * like length go together. Returns indices into `lengths`.
 */
export function groupByLength(lengths: readonly number[], tokensMax: number): readonly (readonly number[])[] {
  const batches: number[][] = []
  let batch: number[] = []
  for (const index of [...lengths.keys()].toSorted((a, b) => lengths[a]! - lengths[b]!)) {
    if (batch.length > 0 && (batch.length + 1) * lengths[index]! > tokensMax) {
      batches.push(batch)
      batch = []
    }
    batch.push(index)
  }
  return batch.length > 0 ? [...batches, batch] : batches
}
