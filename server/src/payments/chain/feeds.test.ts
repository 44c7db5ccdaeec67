import { deepEqual, equal, match } from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { clock } from '../../../test/support/clock.ts'
import { dead, honest, type Misbehave, startRpcProxy } from '../../../test/support/rpc-proxy.ts'
import { askPrice, type PriceSaid, weigh } from './feeds.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev, chain } = room
const proxies = [
  await startRpcProxy({ after }, dev.rpcUrl),
  await startRpcProxy({ after }, dev.rpcUrl),
  await startRpcProxy({ after }, dev.rpcUrl),
] as const
const [one, other, third] = proxies
const coin = chain.tokens.find(({ kind }) => kind === 'native')!
const wordDigits = 64

beforeEach(async () => {
  for (const proxy of proxies) proxy.set(honest)
  await dev.mine()
})

/** Tells of a price so many hundredths of the feed's. */
const telling =
  (percent: bigint): Misbehave =>
  async ({ method, params }, ask) => {
    const result = await ask()
    const isRound = method === 'eth_call' && (params[0] as { data?: string }).data?.startsWith('0xfeaf968c')
    if (!isRound) return { kind: 'result', result }
    const words = (result as string).slice(2).match(new RegExp(`.{${wordDigits}}`, 'g'))!
    words[1] = ((BigInt(`0x${words[1]}`) * percent) / 100n).toString(16).padStart(wordDigits, '0')
    return { kind: 'result', result: `0x${words.join('')}` }
  }

const ask = (...urls: string[]) => askPrice(room.nodesAt(...urls).nodes, coin, { at: 'latest', nowMs: clock.nowMs() })
const all = proxies.map(({ url }) => url)
const real = await askPrice(room.open.nodes, coin, { at: 'latest', nowMs: clock.nowMs() })

for (const percent of [1_000n, 110n, 10n]) {
  test(`a node that makes a price ${percent} hundredths of the real one sells nothing where another says otherwise`, async () => {
    one.set(telling(percent))
    const said = await ask(one.url, other.url)
    match(said.kind === 'unsure' ? said.why : '', /do not agree on the price of ETH/)
    deepEqual(await ask(...all), real)
    deepEqual(await ask(other.url, one.url, third.url), real)
  })
}

test('nodes that are away stop no price, and a round between them none either', async () => {
  other.set(dead)
  deepEqual(await ask(one.url, other.url), real)
  one.set(telling(101n))
  third.set(telling(99n))
  other.set(honest)
  deepEqual(await ask(...all), real)
})

test('who says that a price is not to be had is not overruled by one who makes one', async () => {
  other.set(telling(0n))
  equal((await ask(one.url, other.url)).kind, 'unsure')
  deepEqual(await ask(...all), real)
})

test('whatever a minority says, the price is within what the others say, or there is none', () => {
  const price = (answer: bigint): PriceSaid => ({ kind: 'price', price: { answer, decimals: 8 } })
  const anything = fc.oneof(
    fc.bigInt({ min: 1n, max: 10n ** 15n }).map(price),
    fc.constant<PriceSaid>({ kind: 'unsure', why: 'stale' }),
  )
  const honestOnes = fc.array(fc.bigInt({ min: 400_000n, max: 402_000n }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(honestOnes, fc.array(anything, { maxLength: 4 }), fc.nat(), (fair, liars, seed) => {
      const minority = liars.slice(0, Math.max(0, fair.length - 1))
      const said = [...fair.map(price), ...minority]
      const turned = [...said.slice(seed % said.length), ...said.slice(0, seed % said.length)]
      const found = weigh('ETH', turned)
      if (found.kind === 'unsure') return minority.length > 0
      return found.price.answer >= 390_000n && found.price.answer <= 412_000n
    }),
  )
})
