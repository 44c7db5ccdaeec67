import { BlockList, isIP } from 'node:net'

/** Addresses and networks of them, IPv4 and IPv6; an IPv4 address that is written in IPv6 is the same address. */
export type Networks = { readonly has: (address: string) => boolean }

/** Whether a text is an address or a network in CIDR form: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export const isNetwork = (text: string): boolean => partsOf(text) !== undefined

/** Texts that are neither are left out: they were checked where they were given. */
export function openNetworks(texts: readonly string[]): Networks {
  const list = new BlockList()
  for (const text of texts) {
    const parts = partsOf(text)
    if (parts) list.addSubnet(parts.address, parts.bits, parts.family)
  }
  return {
    has(address) {
      const family = familyOf(address)
      return family !== undefined && list.check(address, family)
    },
  }
}

type Family = 'ipv4' | 'ipv6'

const familyOf = (address: string): Family | undefined =>
  ({ 0: undefined, 4: 'ipv4', 6: 'ipv6' } as const)[isIP(address) as 0 | 4 | 6]

function partsOf(text: string): { address: string; bits: number; family: Family } | undefined {
  const [, address = '', bitsText] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = familyOf(address)
  if (!family) return undefined
  const most = family === 'ipv4' ? 32 : 128
  const bits = bitsText === undefined ? most : Number(bitsText)
  return bits <= most ? { address, bits, family } : undefined
}
