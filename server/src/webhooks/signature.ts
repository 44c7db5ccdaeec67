/** Standard Webhooks 1.0.0 (standardwebhooks.com): how a delivery proves who sent it. */
import { createHmac } from 'node:crypto'
import type { Chance } from '../core/clock.ts'

const prefix = 'whsec_'
const secretBytes = 32

export const makeSecret = (chance: Chance): string => prefix + Buffer.from(chance.bytes(secretBytes)).toString('base64')

export type SignedHeaders = Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>

/** `v1` is HMAC-SHA-256 over id, time and body, joined by full stops, under the bytes that the secret names. */
export function signHeaders(secret: string, id: string, atMs: number, body: string): SignedHeaders {
  const seconds = String(Math.floor(atMs / 1_000))
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
}
