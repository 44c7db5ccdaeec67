import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'
import { startReceiver } from './support/webhook-receiver.ts'

const timeout = 120_000
const stage = await openStage({ after })
const mock = await startMockUpstream({ after }, { promptTokens: 50 })
const receiver = await startReceiver({ after })
const providerId = await stage.addUpstream(mock)
await stage.addModel({ id: 'embedder', prices: { input: '1000' }, offers: [{ providerId, upstreamModel: 'e' }] })
/** 50 tokens at 2,000 credits, more than is held for them. */
const creditsPerCall = 100_000
/** Longer than the time between two looks of each process. */
const looksMs = 6_000

test(
  'calls that run an account and a key low are told of once, signed, though several processes serve and watch',
  { timeout },
  async () => {
    const customer = await stage.addCustomer(String(100 * creditsPerCall))
    const urls = [stage.server(), await stage.startSibling(), await stage.startSibling()].map(({ url }) => url)
    const { manage } = stage.server()
    const { secret } = await manage<{ secret: string }>('POST', '/webhooks', {
      ...{ url: receiver.url, events: ['balance.low', 'key.limit_near', 'key.limit_reached'] },
      ...{ all_accounts: true, allow_private: true },
    })
    const low = String(97 * creditsPerCall)
    await manage('PATCH', `/accounts/${customer.accountId}/alerts`, { low_balance_credits: low })
    const limit = { limit_credits: String(10 * creditsPerCall), limit_window: 'total' }
    await manage('PATCH', `/keys/${customer.keyId}`, limit)
    const spend = async (calls: number) => {
      const asked = Array.from({ length: calls }, (_, index) =>
        stage.at(urls[index % urls.length]!, customer).ask('/v1/embeddings', { model: 'embedder', input: 'Hi' }),
      )
      for (const answer of await Promise.all(asked)) equal(answer.status, 200, answer.text)
    }
    const told = () => receiver.received.map(({ body }) => body['type'])

    await spend(3)
    await sleep(looksMs)
    deepEqual(told(), [])
    await spend(5)
    await eventually('both are told', () => told().length === 2)
    deepEqual(new Set(told()), new Set(['balance.low', 'key.limit_near']))
    await spend(2)
    await eventually('the end is told', () => told().length === 3)
    await sleep(looksMs)
    deepEqual(told().slice(2), ['key.limit_reached'])
    ok(receiver.received.every((hook) => hook.isSignedBy(secret)))
    ok(!JSON.stringify(receiver.received).includes(customer.key))
    ok(!stage.everythingSaid().includes(secret))
    await stage.reconcile()
  },
)
