/** An authenticator in software (WebAuthn Level 3, §6): ES256, attestation `none`, always discoverable. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type MadeKey = { readonly id: string; readonly privateKey: KeyObject; readonly rpId: string; counter: number }

export type Bent = {
  /** The page that asks, where it is not the one that should. */
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  /** Without asking who is there: only a touch. */
  readonly unverified?: boolean
  readonly counter?: number
}

type Options = { readonly challenge: string; readonly rpId?: string; readonly rp?: { readonly id?: string } }

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

/** User present, user verified unless it is bent, and attested data where there are some. */
function authenticatorData(rpId: string, { unverified, counter = 0 }: Bent, attested?: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head[0] = 0x01 | (unverified === true ? 0 : 0x04) | (attested ? 0x40 : 0)
  head.writeUInt32BE(counter, 1)
  return Buffer.concat([sha256(rpId), head, attested ?? Buffer.alloc(0)])
}

/** What `navigator.credentials.create` gives, and the key that it made. */
export function makePasskey(options: Options, origin: string, bent: Bent = {}) {
  const rpId = bent.rpId ?? options.rp?.id ?? new URL(origin).hostname
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(32)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(id.length)
  const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(x, y)])
  const client = clientData(bent.type ?? 'webauthn.create', options.challenge, bent.origin ?? origin)
  const key: MadeKey = { id: base64url(id), privateKey, rpId, counter: bent.counter ?? 0 }
  const response = {
    ...{ id: key.id, rawId: key.id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: base64url(client),
      attestationObject: base64url(attestationObject(authenticatorData(rpId, bent, attested))),
      transports: ['internal'],
    },
  }
  return { key, response }
}

/** What `navigator.credentials.get` gives; keys that count, count. */
export function usePasskey(key: MadeKey, options: Options, origin: string, bent: Bent = {}) {
  if (key.counter > 0 && bent.counter === undefined) key.counter++
  const client = clientData(bent.type ?? 'webauthn.get', options.challenge, bent.origin ?? origin)
  const data = authenticatorData(bent.rpId ?? key.rpId, { counter: key.counter, ...bent })
  return {
    ...{ id: key.id, rawId: key.id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: base64url(client),
      authenticatorData: base64url(data),
      signature: base64url(sign('sha256', Buffer.concat([data, sha256(client)]), key.privateKey)),
    },
  }
}

/** CBOR (RFC 8949) of `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`: an EC2 key for ES256 on P-256. */
const coseKey = (x: string, y: string): Buffer =>
  Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ])

/** CBOR of `{fmt: "none", attStmt: {}, authData: bytes}`. */
function attestationObject(authData: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(authData.length)
  const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
  return Buffer.concat([
    ...[Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData')],
    ...[Buffer.from([0x59]), length, authData],
  ])
}
