import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isAllowedAddress, type AddressPolicy } from './addresses.ts'

/** Our own guard said no: nothing was sent. The message names the host as configured, not what it resolved to. */
export class AddressRefusedError extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED'

  constructor(host: string) {
    super(`${host} is not an address that may be called`)
    this.name = 'AddressRefusedError'
  }
}

/** Every address of a name, as `dns.lookup` gives them with `all`. */
export type ResolveName = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

const resolveWithSystem: ResolveName = (hostname, callback) => systemLookup(hostname, { all: true }, callback)

/**
 * A `lookup` for sockets that asks the name server once, refuses the name when any of its answers is refused, and hands
 * on exactly the addresses that were checked: a name that answers differently a moment later changes nothing.
 * Sockets do not look up hosts that are written as addresses; those need `checkHost`.
 */
export function guardedLookup(policy: AddressPolicy, resolve: ResolveName = resolveWithSystem): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, '')
      const family = familyOf(options.family)
      const wanted = addresses.filter((answer) => family === 0 || answer.family === family)
      const [first] = wanted
      if (!first) return callback(noAddress(hostname), '')
      if (!addresses.every(({ address }) => isAllowedAddress(address, policy))) {
        return callback(new AddressRefusedError(hostname), '')
      }
      if (options.all) return callback(null, [...wanted])
      callback(null, first.address, first.family)
    })
  }
}

/** The refusal of a host that is written as an address; `undefined` for an allowed one and for every name. */
export function checkHost(host: string, policy: AddressPolicy): AddressRefusedError | undefined {
  return isIP(host) === 0 || isAllowedAddress(host, policy) ? undefined : new AddressRefusedError(host)
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4
  return family === 'IPv6' ? 6 : (family ?? 0)
}

const noAddress = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' })
