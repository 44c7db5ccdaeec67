/** Whether a host (as a URL has it) is this machine whatever a name server says. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1' || hostname === '[::1]'

/**
 * Where people open the console of a server that listens at `url`: by a name, since passkeys need one. `undefined` where it
 * listens on some other address of the machine: then only the operator knows the name.
 */
export function consoleOrigin(url: string): string | undefined {
  const found = new URL(url)
  if (!isLoopback(found.hostname)) return undefined
  if (!found.hostname.endsWith('localhost')) found.hostname = 'localhost'
  return found.origin
}
