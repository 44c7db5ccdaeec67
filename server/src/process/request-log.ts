import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asker } from '../api/index.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../platform/log.ts'

export type RequestLog = {
  /** Tells of a request once its answer has ended. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void
  readonly known: (response: ServerResponse, asker: Asker) => void
}

/** What machines ask every few seconds. */
const quietPaths = new Set(['/healthz', '/readyz', '/metrics'])
const pathCharactersMax = 200

/**
 * One log line for every request that is no call of a model; those have a line of their own. Of a query the names are told
 * and no values: some are codes and tokens.
 */
export function openRequestLog({ log, clock }: { readonly log: Log; readonly clock: Clock }): RequestLog {
  const askers = new WeakMap<ServerResponse, Asker>()
  return {
    watch(request, response) {
      const startedMs = clock.monotonicMs()
      const { method, url = '/' } = request
      response.once('close', () => {
        const [path = '', query] = url.split('?', 2)
        log[quietPaths.has(path) ? 'debug' : 'info']('request', {
          request: String(response.getHeader('x-request-id') ?? ''),
          ...askers.get(response),
          method,
          path: path.slice(0, pathCharactersMax),
          query: query && [...new Set(new URLSearchParams(query).keys())].join(',').slice(0, pathCharactersMax),
          // The caller who leaves before there is an answer sees none.
          status: response.headersSent ? response.statusCode : 499,
          ms: Math.round(clock.monotonicMs() - startedMs),
        })
      })
    },
    known: (response, asker) => void askers.set(response, asker),
  }
}
