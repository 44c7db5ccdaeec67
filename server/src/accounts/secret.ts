import { crc32 } from 'node:zlib'
import type { Chance } from '../core/clock.ts'
import type { KeyKind } from './types.ts'

/**
 * The text of an API key: a prefix that says what it is (so that scanners find leaked ones), 42 random characters
 * (250 bits) and a checksum, so that a mistyped or invented key is refused without asking the database.
 */
const prefixes: Readonly<Record<KeyKind, string>> = { inference: 'sk-rp-', management: 'sk-rpm-' }

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 42
const checksumLength = 6
const shape = /^(sk-rpm?-)([0-9A-Za-z]{42})([0-9A-Za-z]{6})$/

/** Makes a new secret, every character of its random part equally likely. */
export function makeSecret(kind: KeyKind, chance: Chance): string {
  const body = prefixes[kind] + randomText(randomLength, chance)
  return body + checksumOf(body)
}

/** What a text says it is, or `undefined` when it cannot be a key of ours. Says nothing about whether the key exists. */
export function parseSecret(text: string): KeyKind | undefined {
  const [, prefix, random, checksum] = shape.exec(text) ?? []
  if (prefix === undefined || random === undefined || checksumOf(prefix + random) !== checksum) return undefined
  return prefix === prefixes.management ? 'management' : 'inference'
}

/** What people see of a secret in lists: `sk-rp-Ab3...x9Z`. */
export function labelOf(secret: string): string {
  const random = secret.lastIndexOf('-') + 1
  return `${secret.slice(0, random + 3)}...${secret.slice(-3)}`
}

/** Bytes above the largest multiple of 62 are drawn again: taking them modulo 62 would favour the first characters. */
function randomText(length: number, chance: Chance): string {
  const fairBelow = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of chance.bytes(length)) {
      if (byte < fairBelow && text.length < length) text += alphabet[byte % alphabet.length]!
    }
  }
  return text
}

/** CRC-32 in base 62: 62^6 is above 2^32, so six characters hold it whole. */
function checksumOf(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let at = 0; at < checksumLength; at++) {
    digits = alphabet[rest % alphabet.length]! + digits
    rest = Math.floor(rest / alphabet.length)
  }
  return digits
}
