/** Times as `usage_length` of server/migrations/0014-usage-hours.sql keeps them: two bytes for each, big endian. */

const lengthsMost = 3_200

/** How many times of each length there are. */
export type Lengths = Uint32Array

export const noLengths: Lengths = new Uint32Array(0)

export function countLengths(buffer: Buffer): Lengths {
  if (buffer.length === 0) return noLengths
  const counts = new Uint32Array(lengthsMost)
  for (let at = 0; at + 1 < buffer.length; at += 2) counts[(buffer[at]! << 8) | buffer[at + 1]!]!++
  return counts
}

export function addLengths(parts: readonly Lengths[]): Lengths {
  const given = parts.filter((part) => part.length > 0)
  if (given.length < 2) return given[0] ?? noLengths
  const sum = new Uint32Array(lengthsMost)
  for (const part of given) for (let at = 0; at < lengthsMost; at++) sum[at]! += part[at]!
  return sum
}

/** The time, in milliseconds, than which so great a part (0 to 1) of all is no longer; within 0.4 %. Null without any. */
export function percentileOf(counts: Lengths, part: number): number | null {
  // Plain loops: a chart asks this a thousand times, and calls are served by the same thread.
  let all = 0
  for (let at = 0; at < counts.length; at++) all += counts[at]!
  if (all === 0) return null
  const place = Math.max(1, Math.ceil(part * all))
  let length = 0
  for (let passed = counts[0]!; passed < place; passed += counts[length]!) length++
  return msOf(length)
}

/** The middle of a length. */
function msOf(length: number): number {
  if (length < 256) return length
  const shift = Math.floor(length / 128) - 1
  return (length - 128 * shift) * 2 ** shift + 2 ** (shift - 1)
}
