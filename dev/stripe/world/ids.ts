import type { Chance } from '../../../server/src/core/clock.ts'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Makes texts such as `pi_3Qd...`: the prefixes are Stripe's, what follows is chance, so that no two runs share an id. */
export type MakeId = (prefix: string, length?: number) => string

export function idSource(chance: Chance): MakeId {
  return (prefix, length = 24) => {
    let text = ''
    while (text.length < length)
      // Bytes beyond the last whole round of letters are left out, so that each letter is as likely as any other.
      for (const byte of chance.bytes(length)) if (byte < 248 && text.length < length) text += letters[byte % 62]!
    return `${prefix}_${text}`
  }
}
