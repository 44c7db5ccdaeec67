import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * What kind of place an address is. `private` is a machine of the operator's own (loopback, RFC 1918, carrier-grade NAT,
 * unique local); `unusable` is never an upstream: link-local (which holds the metadata services of the clouds), multicast,
 * unspecified, reserved, tunnels whose far end cannot be known, and any text that is not a plain IP address.
 */
export type AddressKind = 'public' | 'private' | 'unusable'

const kindOfIpv4Range: Partial<Record<string, AddressKind>> = {
  unicast: 'public',
  loopback: 'private',
  private: 'private',
  carrierGradeNat: 'private',
}

const kindOfIpv6Range: Partial<Record<string, AddressKind>> = { loopback: 'private', uniqueLocal: 'private' }

/** RFC 4291 §2.4: the only block from which global unicast addresses are given out. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** The well-known prefix of RFC 6052 under which a NAT64 network shows the IPv4 internet; the last 32 bits are IPv4. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

export function addressKind(text: string): AddressKind {
  // isIP first: the parser also reads octal, hexadecimal and shortened forms, which other readers take for another address.
  return isIP(text) === 0 ? 'unusable' : kindOf(ipaddr.parse(text))
}

function kindOf(address: ipaddr.IPv4 | ipaddr.IPv6): AddressKind {
  const range = address.range()
  if (address instanceof ipaddr.IPv4) return kindOfIpv4Range[range] ?? 'unusable'
  if (address.isIPv4MappedAddress()) return kindOf(address.toIPv4Address())
  if (address.match(nat64)) return kindOf(new ipaddr.IPv4(address.toByteArray().slice(12)))
  if (range === 'unicast') return address.match(globalUnicast) ? 'public' : 'unusable'
  return kindOfIpv6Range[range] ?? 'unusable'
}

/** Whether an address is anything but a public one; text that is not a plain IP address counts as private. */
export const isPrivateAddress = (text: string): boolean => addressKind(text) !== 'public'

export type AddressPolicy = {
  /** Whether the operator's own machines may be called. Unusable addresses are refused either way. */
  readonly allowPrivate: boolean
}

export function isAllowedAddress(text: string, { allowPrivate }: AddressPolicy): boolean {
  const kind = addressKind(text)
  return kind === 'public' || (kind === 'private' && allowPrivate)
}
