import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyRead, Exchange } from './exchange.ts'

/** An exchange over `node:http`. */
export function nodeExchange(request: IncomingMessage, response: ServerResponse, requestId: string): Exchange {
  let abortListener: (() => void) | undefined
  let gone = false
  response.on('close', () => {
    if (response.writableFinished) return
    gone = true
    abortListener?.()
  })
  // A write to a socket that the caller closed fails here; `close` tells the rest.
  response.on('error', () => {})
  const path = request.url ?? '/'
  const queryAt = path.indexOf('?')
  return {
    requestId,
    method: request.method ?? 'GET',
    path: queryAt === -1 ? path : path.slice(0, queryAt),
    remoteAddress: request.socket.remoteAddress ?? '',
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    readBody: (bytesMax) => readBody(request, bytesMax),
    send(status, headers, body) {
      if (gone || response.headersSent) return
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), 'x-request-id': requestId })
      response.end(body)
    },
    begin(status, headers) {
      if (gone || response.headersSent) return
      response.writeHead(status, { ...headers, 'x-request-id': requestId })
    },
    write: (piece) => gone || response.write(piece),
    end() {
      if (!gone) response.end()
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
