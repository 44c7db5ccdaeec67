/** Where this machine may connect to when somebody else chose the address. */
export { addressKind, isPrivateAddress, type AddressKind, type AddressPolicy } from './addresses.ts'
export { checkBaseUrl, checkUrl, type CheckedBaseUrl } from './base-url.ts'
export { askGuarded, type AskOutcome } from './ask.ts'
export { postGuarded, type PostOutcome } from './post.ts'
export { AddressRefusedError, checkHost, guardedLookup, type ResolveName } from './lookup.ts'
