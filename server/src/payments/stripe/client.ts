import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Stripe } from 'stripe'
import type { StripeSettings } from '../../platform/stripe-settings.ts'

/** What the calls below were written for; Stripe answers in it whatever the account's own version is. */
const apiVersion = '2026-10-28.endive'

const timeoutMs = 20_000
const networkRetries = 2

export type StripeClient = {
  readonly stripe: Stripe
  /** Breaks off what is asked just now, and asks nothing more. */
  readonly close: () => void
}

/** Stripe's own client. Nothing of it is loaded where no key is set. */
export async function openClient({ apiUrl }: Pick<StripeSettings, 'apiUrl'>, secretKey: string): Promise<StripeClient> {
  const { Stripe } = await import('stripe')
  const url = apiUrl === undefined ? undefined : new URL(apiUrl)
  const isPlain = url?.protocol === 'http:'
  const agent = new (isPlain ? HttpAgent : HttpsAgent)({ keepAlive: true })
  const node = Stripe.createNodeHttpClient(agent)
  let isClosed = false
  const httpClient: typeof node = {
    getClientName: () => node.getClientName(),
    makeRequest: (...asked) => (isClosed ? Promise.reject(new Error('The server stops.')) : node.makeRequest(...asked)),
  }
  const stripe = new Stripe(secretKey, {
    apiVersion,
    timeout: timeoutMs,
    maxNetworkRetries: networkRetries,
    telemetry: false,
    httpClient,
    appInfo: { name: 'redpill' },
    ...(url && {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      protocol: isPlain ? 'http' : 'https',
      port: url.port === '' ? (isPlain ? 80 : 443) : url.port,
    }),
  })
  return {
    stripe,
    close() {
      isClosed = true
      agent.destroy()
    },
  }
}
