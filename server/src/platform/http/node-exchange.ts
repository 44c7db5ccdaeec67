import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress, isProxy } from './client-address.ts'
import type { BodyRead, Exchange } from './exchange.ts'
import type { Networks } from './networks.ts'

/** An exchange over `node:http`. */
export function nodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, trustedProxies }: { readonly requestId: string; readonly trustedProxies: Networks },
): Exchange {
  let abortListener: (() => void) | undefined
  let gone = false
  let framed = false
  response.on('close', () => {
    if (response.writableFinished) return
    gone = true
    abortListener?.()
  })
  // A write to a socket that the caller closed fails here; `close` tells the rest.
  response.on('error', () => {})
  const path = request.url ?? '/'
  const queryAt = path.indexOf('?')
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return {
    requestId,
    method: request.method ?? 'GET',
    path: queryAt === -1 ? path : path.slice(0, queryAt),
    remoteAddress: clientAddress(request.socket.remoteAddress ?? '', forwardedFor(request), trustedProxies),
    header,
    proxyHeader: (name) => (isProxy(request.socket.remoteAddress ?? '', trustedProxies) ? header(name) : undefined),
    readBody: (bytesMax) => readBody(request, bytesMax),
    send(status, headers, body) {
      if (gone || response.headersSent) return
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), 'x-request-id': requestId })
      response.end(body)
    },
    begin(status, headers) {
      if (gone || response.headersSent) return
      response.writeHead(status, { ...headers, 'x-request-id': requestId })
      framed = takeFraming(response)
    },
    // A chunk of no bytes would be the last one.
    write: (piece) => gone || piece.length === 0 || response.write(framed ? chunkOf(piece) : piece),
    end() {
      if (gone) return
      if (framed) response.write(lastChunk)
      response.end()
    },
    destroy: () => response.destroy(),
    onDrain(listener) {
      response.on('drain', listener)
    },
    onAbort(listener) {
      abortListener = listener
      if (gone) listener()
    },
  }
}

function forwardedFor({ headers }: IncomingMessage): string | undefined {
  const value = headers['x-forwarded-for']
  return Array.isArray(value) ? value.join(',') : value
}

function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyRead> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > bytesMax) return Promise.resolve({ kind: 'too-large' })
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    request.on('data', (piece: Buffer) => {
      size += piece.length
      if (size > bytesMax) {
        // The rest is read and dropped, within the server's time for a request: a connection that is closed while its
        // client still sends is reset, and the answer with it.
        request.removeAllListeners('data')
        request.resume()
        resolve({ kind: 'too-large' })
        return
      }
      pieces.push(piece)
    })
    request.on('end', () => resolve({ kind: 'read', bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) }))
    request.on('error', () => resolve({ kind: 'aborted' }))
    request.on('close', () => resolve({ kind: 'aborted' }))
  })
}

/**
 * Node.js writes a chunk of RFC 9112 §7.1 as four pieces; one buffer costs the kernel, and so the stream, less. `false` where
 * the answer has no chunks (a caller of HTTP/1.0): then pieces go out as they are.
 */
function takeFraming(response: ServerResponse): boolean {
  const { chunkedEncoding } = response
  response.chunkedEncoding = false
  return chunkedEncoding
}

const lastChunk = '0\r\n\r\n'

function chunkOf(piece: string | Buffer): Buffer {
  const size = Buffer.byteLength(piece)
  const head = `${size.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafe(head.length + size + 2)
  chunk.write(head, 'latin1')
  if (typeof piece === 'string') chunk.write(piece, head.length, 'utf8')
  else piece.copy(chunk, head.length)
  chunk.write('\r\n', head.length + size, 'latin1')
  return chunk
}
