/** How a request to Bedrock is authorized: a Bedrock API key as bearer token, or AWS's Signature Version 4. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { SignatureV4 } from '@smithy/signature-v4'
import { bearerKey } from '../authorization.ts'
import type { OpenAuthorization } from '../translation.ts'

/** `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, and `:SESSION_TOKEN` where it is temporary. Bedrock's own keys have no colon. */
const accessKeyPattern = /^([^:]+):([^:]+)(?::([^:]+))?$/
/** `us-east-1`, `us-gov-west-1`: in the host's name, or in the path of a proxy. */
const regionPattern = /\b[a-z]{2}(?:-[a-z]+)+-\d\b/

export const openBedrockAuthorization: OpenAuthorization = (settings, deps) => {
  const { apiKey = '', baseUrl } = settings
  const [, accessKeyId, secretAccessKey, sessionToken] = accessKeyPattern.exec(apiKey) ?? []
  if (accessKeyId === undefined || secretAccessKey === undefined) return bearerKey(settings, deps)
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  const region = regionPattern.exec(baseUrl)?.[0]
  let signer: Promise<SignatureV4> | undefined
  return async ({ method, origin, path, headers, body }) => {
    if (region === undefined) throw new Error('the base URL names no region of AWS')
    signer ??= openSigner(credentials, region)
    const { hostname, host, protocol } = new URL(origin)
    const [pathname = '', query = ''] = path.split('?')
    const type = headers[headers.indexOf('content-type') + 1]
    const signed = await (
      await signer
    ).sign(
      {
        ...{ method, protocol, hostname, path: pathname, query: Object.fromEntries(new URLSearchParams(query)) },
        headers: { host, ...(body && type !== undefined && { 'content-type': type }) },
        ...(body && { body }),
      },
      { signingDate: new Date(deps.clock.nowMs()) },
    )
    return Object.entries(signed.headers)
      .filter(([name]) => name !== 'host' && name !== 'content-type')
      .flat()
  }
}

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }

/** The library is loaded for those who use it. */
async function openSigner(credentials: Credentials, region: string): Promise<SignatureV4> {
  const library = await import('@smithy/signature-v4')
  return new library.SignatureV4({ credentials, region, service: 'bedrock', sha256: Sha256 })
}

/** Node's SHA-256, and its HMAC where there is a key, as the library asks for it. */
class Sha256 {
  readonly #key: string | Uint8Array | undefined
  #hash: Hash | Hmac

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = typeof key === 'string' || key === undefined ? key : bytesOf(key)
    this.#hash = this.#open()
  }

  #open(): Hash | Hmac {
    return this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key)
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }

  reset(): void {
    this.#hash = this.#open()
  }
}

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
