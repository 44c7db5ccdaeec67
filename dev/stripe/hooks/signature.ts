/** Signatures of webhooks, scheme v1: https://docs.stripe.com/webhooks#verify-manually. */
import { createHmac } from 'node:crypto'

export function signatureHeader(payload: string, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex')
  return `t=${timestamp},v1=${signature}`
}
