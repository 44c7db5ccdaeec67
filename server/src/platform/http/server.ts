import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net'
import { answerToExpectation, answerToFault } from './client-fault.ts'
import type { Exchange } from './exchange.ts'
import type { Networks } from './networks.ts'
import { nodeExchange } from './node-exchange.ts'

export type HttpServer = {
  /** `http://127.0.0.1:8787`: where the server really listens. */
  readonly url: string
  /** Stops accepting; resolves when every connection has ended. Idle ones are closed at once. */
  readonly close: () => Promise<void>
  /** Breaks whatever connections are left. */
  readonly closeNow: () => void
}

export type HttpServerOptions = {
  readonly host: string
  readonly port: number
  /** Lets several processes listen on one port; the kernel spreads the connections. */
  readonly reusePort: boolean
  readonly makeRequestId: () => string
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: Networks
  /** How long a request may take to arrive; the usual times unless said. An answer may take as long as it takes. */
  readonly timeouts?: RequestTimeouts
  /** The hot routes, by exact path. */
  readonly hotRoutes: Readonly<Record<string, (exchange: Exchange) => void>>
  /** Everything else. */
  readonly fallback: (request: IncomingMessage, response: ServerResponse) => void
}

export type RequestTimeouts = {
  readonly headersMs: number
  /** Headers and body together. */
  readonly requestMs: number
  /** How often connections are looked at for either. */
  readonly checkMs: number
}

const usualTimeouts: RequestTimeouts = { headersMs: 30_000, requestMs: 300_000, checkMs: 5_000 }
const keepAliveTimeoutMs = 75_000
const headerBytesMax = 32_768

/** Listens; rejects with a message for people when the address cannot be had. */
export async function listen(options: HttpServerOptions): Promise<HttpServer> {
  const { headersMs, requestMs, checkMs } = options.timeouts ?? usualTimeouts
  const { host, port, reusePort, makeRequestId, trustedProxies, hotRoutes, fallback } = options
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    noDelay: true,
  })
  let closing = false
  const connections = trackConnections(server)
  server.on('checkExpectation', (_, response) => answerToExpectation(response))
  server.on('clientError', (error, socket) => connections.refuse(error, socket as Socket))
  server.on('request', (request, response) => {
    const requestId = makeRequestId()
    if (closing) response.setHeader('connection', 'close')
    connections.answering(request.socket, response)
    const { url = '/' } = request
    const queryAt = url.indexOf('?')
    const route = request.method === 'POST' ? hotRoutes[queryAt === -1 ? url : url.slice(0, queryAt)] : undefined
    if (route) {
      route(nodeExchange(request, response, { requestId, trustedProxies }))
      return
    }
    response.setHeader('x-request-id', requestId)
    fallback(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(explain(error, host, port), { cause: error })),
    )
    server.listen({ host, port, reusePort, backlog: 4_096 }, resolve)
  })
  return {
    url: urlOf(server),
    close: () =>
      new Promise((resolve) => {
        closing = true
        // Not the HTTP server's own close: it breaks connections whose answers callers are still reading.
        NetServer.prototype.close.call(server, () => resolve())
        connections.endIdle()
      }),
    closeNow: () => server.closeAllConnections(),
  }
}

/** Knows which connections have an answer under way, up to its last byte; the others are idle. */
function trackConnections(server: Server) {
  const answers = new Map<Socket, number>()
  const newest = new WeakMap<Socket, ServerResponse>()
  let ending = false
  server.on('connection', (socket: Socket) => {
    answers.set(socket, 0)
    socket.once('close', () => answers.delete(socket))
  })
  return {
    answering(socket: Socket, response: ServerResponse): void {
      answers.set(socket, (answers.get(socket) ?? 0) + 1)
      newest.set(socket, response)
      response.once('close', () => {
        const left = (answers.get(socket) ?? 1) - 1
        if (answers.has(socket)) answers.set(socket, left)
        if (ending && left === 0) socket.end()
      })
    },
    /** Tells what was wrong with bytes that are no request, unless an answer is under way that they would fall into. */
    refuse(error: NodeJS.ErrnoException, socket: Socket): void {
      const response = newest.get(socket)
      const isFree = !response || !response.headersSent || response.writableFinished
      if (error.code === 'ECONNRESET' || !socket.writable || !isFree) socket.destroy()
      else socket.end(answerToFault(error), () => socket.destroy())
    },
    /** Ends idle connections now, and each other one when it becomes idle. */
    endIdle(): void {
      ending = true
      for (const [socket, open] of answers) if (open === 0) socket.destroy()
    },
  }
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  const wildcard = address === '::' || address === '0.0.0.0'
  const host = wildcard ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken by another program; set REDPILL_PORT to a free one`
    case 'EACCES':
      return `this user may not listen on port ${port}; set REDPILL_PORT to one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no address ${host}; set REDPILL_HOST to one that it has`
    default:
      return `cannot listen on ${host}:${port}: ${error.message}`
  }
}
