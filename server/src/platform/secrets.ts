import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import type { Chance } from '../core/clock.ts'

/** What the server's own secret is used for. Losing it makes every key useless and every stored provider key unreadable. */
export type Secrets = {
  /** A keyed hash (SHA-256): all that is stored of an API key. */
  readonly hmac: (text: string) => Buffer
  /** Encrypts for storage (AES-256-GCM, a new nonce each time). */
  readonly seal: (plain: string) => string
  /** Undoes `seal`; throws when the text was tampered with or sealed under another secret. */
  readonly open: (sealed: string) => string
}

const nonceBytes = 12
const tagBytes = 16
const version = 'v1.'

/** Derives separate keys for hashing and sealing from one secret of at least 32 characters. */
export function openSecrets(secret: string, chance: Chance): Secrets {
  if (secret.length < 32) throw new RangeError('the secret must have at least 32 characters')
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'redpill', purpose, 32))
  const hashKey = derive('api-key-hash')
  const sealKey = derive('sealed-storage')
  return {
    hmac: (text) => createHmac('sha256', hashKey).update(text).digest(),
    seal(plain) {
      const nonce = chance.bytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce)
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return version + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      if (!sealed.startsWith(version)) throw new Error('not a sealed text')
      const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, nonceBytes))
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
    },
  }
}
