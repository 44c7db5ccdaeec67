import type { Exchange } from '../platform/http/index.ts'
import { openPins } from '../router/index.ts'
import { openStopSignal, type OpenCall, type StopReason } from './call.ts'
import { listenForCancels } from './cancellation/index.ts'
import { listenForOutcomes } from './idempotency/index.ts'
import type { GatewayContext, GatewayDependencies } from './dependencies.ts'
import { serveCount } from './count.ts'
import type { CountApi, InboundApi } from './inbound/index.ts'
import { serveCall } from './life.ts'
import { openCacheShelf } from './response-cache/index.ts'
import { openRoster } from './roster.ts'
import { openSettleNews } from './settle-news.ts'
import { startTicker } from './ticker.ts'

export type { ConnectedProvider, GatewayDependencies } from './dependencies.ts'
export { openCourse } from './course.ts'
export type { Learned } from './bounds.ts'
export { undeliveredOf } from './delivery/index.ts'
export { forgetAnswersOf, purgeIdempotentCalls } from './idempotency/index.ts'
export { purgeCachedAnswers } from './response-cache/index.ts'
export {
  deleteResponse,
  findResponse,
  forgetResponsesOf,
  purgeStoredResponses,
  type StoredResponse,
} from './stored-responses/index.ts'
export { openProber, type ProberOptions } from './probes/index.ts'
export { requestCancel } from './cancellation/index.ts'
export { countApis, inboundApis } from './inbound/index.ts'

export type Gateway = {
  readonly serve: (api: InboundApi, exchange: Exchange) => Promise<void>
  /** Answers how many tokens a prompt has; nothing is held or charged. */
  readonly count: (api: CountApi, exchange: Exchange) => Promise<void>
  readonly callsOpen: () => number
  /** Resolves when no call is open. */
  readonly idle: () => Promise<void>
  /** Tells every open call to stop; each is settled for what it has delivered. */
  readonly stopCalls: (reason: StopReason) => void
  readonly close: () => Promise<void>
}

const tickMs = 100

/** The life of a call: bytes -> key -> plan -> hold -> attempts -> pump and meter -> settle -> one log line. */
export async function openGateway(dependencies: GatewayDependencies): Promise<Gateway> {
  const ticker = startTicker(dependencies.clock, tickMs)
  const cache = await openCacheShelf(dependencies.database)
  const context: GatewayContext = {
    ...dependencies,
    shelf: cache.shelf,
    ...{ ticker, news: openSettleNews(), turns: new Map(), outcomes: openSettleNews(), pins: openPins() },
  }
  const open = openRoster<OpenCall>()
  const idleListeners = new Set<() => void>()

  async function track(exchange: Exchange, run: (call: OpenCall) => Promise<void>): Promise<void> {
    const call = { id: context.makeId(), stop: openStopSignal() }
    const leave = open.enter(call)
    context.metrics.callsOpen(open.size())
    exchange.onAbort(() => call.stop.fire('caller-gone'))
    try {
      await run(call)
    } finally {
      leave()
      context.metrics.callsOpen(open.size())
      if (open.size() === 0) for (const tell of idleListeners) tell()
    }
  }

  const stopListening = [
    cache.stop,
    await listenForCancels(dependencies.database, (callId) => {
      open.each(({ id, stop }) => id === callId && stop.fire('cancelled'))
    }),
    await listenForOutcomes(dependencies.database, context.outcomes.settled),
  ]

  return {
    serve: (api, exchange) => track(exchange, (call) => serveCall(context, api, exchange, call)),
    count: (api, exchange) => track(exchange, () => serveCount(context, api, exchange)),
    callsOpen: open.size,
    idle: () =>
      open.size() === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleListeners.add(resolve)
          }),
    stopCalls(reason) {
      open.each(({ stop }) => stop.fire(reason))
    },
    async close() {
      ticker.stop()
      for (const stop of stopListening) await stop()
    },
  }
}
