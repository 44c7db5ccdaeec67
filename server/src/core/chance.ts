import type { Chance } from './clock.ts'

const drawnAtOnce = 8_192
const drawnAloneFrom = 256

/**
 * Draws much at once, since asking the system for 16 bytes costs nearly as much as for 8,192. Every byte is handed out once,
 * and callers may write into what they are given.
 */
export function drawAhead(draw: (length: number) => Uint8Array): Chance {
  let drawn: Uint8Array = new Uint8Array(0)
  let used = 0
  return {
    bytes(length) {
      if (length >= drawnAloneFrom) return draw(length)
      if (used + length > drawn.length) {
        drawn = draw(drawnAtOnce)
        used = 0
      }
      used += length
      return drawn.subarray(used - length, used)
    },
  }
}
