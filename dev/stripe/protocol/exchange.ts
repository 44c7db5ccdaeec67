import type { IncomingMessage, ServerResponse } from 'node:http'

const bodyMax = 1_048_576

/** The body as text, or nothing when it is longer than any that we take. */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > bodyMax) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Whether a request may have been meant for us: by a name of this machine, and not sent by a page of another site
 * (DNS rebinding, forms of foreign pages).
 */
export function isLocal({ headers, method }: IncomingMessage): boolean {
  if (!loopbackHost.test(headers.host ?? '')) return false
  if (method === 'GET' || method === 'HEAD') return true
  const { origin } = headers
  return origin === undefined || origin === `http://${headers.host}`
}

export function answerJson(response: ServerResponse, status: number, value: unknown, headers: object = {}): void {
  const body = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers })
    .end(body)
}
