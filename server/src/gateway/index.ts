import type { Exchange } from '../platform/http/index.ts'
import { openStopSignal, type StopReason, type StopSignal } from './call.ts'
import type { GatewayContext, GatewayDependencies } from './dependencies.ts'
import { serveCount } from './count.ts'
import type { CountApi, InboundApi } from './inbound/index.ts'
import { serveCall } from './life.ts'
import { openRoster } from './roster.ts'
import { openSettleNews } from './settle-news.ts'
import { startTicker } from './ticker.ts'

export type { ConnectedProvider, GatewayDependencies } from './dependencies.ts'
export type { Learned } from './bounds.ts'
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
  readonly close: () => void
}

const tickMs = 100

/** The life of a call: bytes -> key -> plan -> hold -> attempts -> pump and meter -> settle -> one log line. */
export function openGateway(dependencies: GatewayDependencies): Gateway {
  const ticker = startTicker(dependencies.clock, tickMs)
  const context: GatewayContext = { ...dependencies, ticker, news: openSettleNews() }
  const open = openRoster<StopSignal>()
  const idleListeners = new Set<() => void>()

  async function track(exchange: Exchange, run: (stop: StopSignal) => Promise<void>): Promise<void> {
    const stop = openStopSignal()
    const leave = open.enter(stop)
    context.metrics.callsOpen(open.size())
    exchange.onAbort(() => stop.fire('caller-gone'))
    try {
      await run(stop)
    } finally {
      leave()
      context.metrics.callsOpen(open.size())
      if (open.size() === 0) for (const tell of idleListeners) tell()
    }
  }

  return {
    serve: (api, exchange) => track(exchange, (stop) => serveCall(context, api, exchange, stop)),
    count: (api, exchange) => track(exchange, () => serveCount(context, api, exchange)),
    callsOpen: open.size,
    idle: () =>
      open.size() === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleListeners.add(resolve)
          }),
    stopCalls(reason) {
      open.each((stop) => stop.fire(reason))
    },
    close: () => ticker.stop(),
  }
}
