/** AWS's Signature Version 4 as a server checks it, written from its description and apart from the library that signs. */
import { createHash, createHmac } from 'node:crypto'

export type SignedRequest = {
  readonly method: string
  /** With its query, as it was sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** The signature that a request must have, by the headers that it says are signed. */
export function signatureOf({ method, path, headers, body }: SignedRequest, secretAccessKey: string): string {
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(headers['authorization'] ?? '') ?? []
  const [pathname = '', query = ''] = path.split('?')
  const canonical = [
    method,
    pathname.split('/').map(encodeURIComponent).join('/'),
    query,
    ...names.split(';').map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'] ?? '', scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex')
}
