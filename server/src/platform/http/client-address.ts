import { isIP } from 'node:net'
import type { Networks } from './networks.ts'

/** Chains of proxies are short; a longer header is somebody's play. */
const hopsMax = 20

/**
 * Who is at the other end: the address that connected, or, when that is a trusted proxy, the last address of
 * `X-Forwarded-For` that is not one. Whatever stands before it may have been written by anybody.
 */
export function clientAddress(remote: string, forwardedFor: string | undefined, trusted: Networks): string {
  let address = plain(remote)
  if (forwardedFor === undefined || !trusted.has(address)) return address
  const hops = forwardedFor.split(',').slice(-hopsMax)
  for (const hop of hops.toReversed()) {
    const next = plain(hop.trim())
    // What is not an address was written by no proxy that we trust.
    if (isIP(next) === 0) return address
    address = next
    if (!trusted.has(address)) return address
  }
  return address
}

/** Whether the address that connected is a trusted proxy. */
export const isProxy = (remote: string, trusted: Networks): boolean => trusted.has(plain(remote))

/** Without the port that some proxies add, and IPv4 as such. */
function plain(text: string): string {
  if (!text.includes(':')) return text
  const [, bracketed] = /^\[([0-9a-fA-F:.]+)\](?::\d+)?$/.exec(text) ?? []
  const [, before] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? []
  const address = bracketed ?? before ?? text
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  return mapped ?? address
}
