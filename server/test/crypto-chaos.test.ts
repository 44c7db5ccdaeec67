import { deepEqual, equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { type Hex, keccak256, parseAbi } from 'viem'
import { creditCheckoutAbi } from '../../contracts/artifacts/credit-checkout.ts'
import { balanceOf } from '../src/credits/index.ts'
import { depth, openCryptoStage } from './support/crypto.ts'
import { eventually } from './support/eventually.ts'
import { newPayer, type Payer, type QuoteAnswer } from './support/payer.ts'
import { honest, type Misbehave, startRpcProxy } from './support/rpc-proxy.ts'
import { atEnd } from './support/scope.ts'
import { askX402, payFor } from './support/x402.ts'

const scope = { after }
const payments = 210
const rails = ['token', 'permit', 'authorization', 'coin', 'deposit', 'coin deposit', 'x402'] as const
type RailName = (typeof rails)[number]

/** Drawn from a seed, which is printed: the chain and the processes still run as they like. */
const seed = Math.floor(Math.random() * 2 ** 31)
let state = seed
function random(): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return state / 0x80000000
}
const below = (count: number): number => Math.floor(random() * count)

const figures = {
  reorganisations: 0,
  deepest: 0,
  dropped: 0,
  broughtBack: 0,
  kills: 0,
  faults: 0,
  lies: 0,
  slowestMs: 0,
}

const crypto = await openCryptoStage(scope, (file) => {
  // The server itself looks once in ten minutes: what is watched is watched by processes that are killed.
  file.chains[0]!.pollSeconds = 600
})
const { dev, stage } = crypto
const { client, addresses } = dev
const { db } = stage.database
const manage = <Answer>(method: string, path: string, body?: object) =>
  stage.server().manage<Answer>(method, path, body)

const proxies = [await startRpcProxy(scope, dev.rpcUrl), await startRpcProxy(scope, dev.rpcUrl)]

/** Fails, hangs up, leaves logs out or is behind, each now and then. */
const unreliable: Misbehave = async (call, ask) => {
  const drawn = Math.random()
  if (drawn < 0.01) figures.faults += 1
  if (drawn < 0.005) return { kind: 'hang-up' }
  if (drawn < 0.01) return { kind: 'error', message: 'try again later' }
  if (call.method === 'eth_getLogs' && drawn < 0.12) {
    figures.lies += 1
    return { kind: 'result', result: [] }
  }
  return honest(call, ask)
}
for (const proxy of proxies) proxy.set(unreliable)

type Payment = {
  readonly rail: RailName
  readonly accountId: string
  readonly payer: Payer
  readonly quote: QuoteAnswer | undefined
  readonly deposit: Hex | undefined
  readonly send: () => Promise<unknown>
}

const usdcAmount = (cents: number): bigint => BigInt(cents) * 10_000n
const tokenOf: Readonly<Partial<Record<RailName, Hex | null>>> = {
  token: addresses.usdt,
  permit: addresses.usdc,
  authorization: addresses.usdc,
  coin: null,
}

const requests: Promise<unknown>[] = []

/** Everything that a payment needs is on the chain before anything is shaken. */
async function prepare(rail: RailName): Promise<Payment> {
  const payer = await newPayer(dev, '100')
  const cents = 100 + below(2_000)
  if (rail === 'x402') {
    const asked = { amountUsd: (cents / 100).toFixed(2), claim: `claim-of-${payer.address}` }
    const { required } = await askX402(stage.server().url, asked)
    const payment = await payFor(payer, required!.accepts[0]!)
    const request = async () => {
      for (let tries = 0; tries < 3; tries++) {
        const answer = await askX402(stage.server().url, { ...asked, payment }).catch(() => undefined)
        if (answer?.status === 200) return
        await pause(250)
      }
    }
    const send = () => Promise.resolve(void requests.push(request()))
    return { rail, accountId: '', payer, quote: undefined, deposit: undefined, send }
  }
  const accountId = await crypto.newAccount()
  const token = tokenOf[rail]
  if (token === undefined) {
    type Addresses = { data: { address: Hex }[] }
    const found = await manage<Addresses>('GET', `/accounts/${accountId}/deposit-addresses`)
    const to = found.data[0]!.address
    const send =
      rail === 'deposit'
        ? () => payer.transfer(addresses.usdc, to, usdcAmount(cents))
        : () => payer.send({ to, value: BigInt(cents) * 10n ** 13n })
    return { rail, accountId, payer, quote: undefined, deposit: to, send }
  }
  const { pay } = await crypto.buy(accountId, (cents / 100).toFixed(2), token)
  const quote = pay!
  if (rail === 'token') await payer.approve(quote)
  const helper = rail === 'authorization' ? await newPayer(dev, '0') : payer
  const ways = {
    token: () => payer.payApproved(quote),
    permit: () => payer.payWithPermit(quote),
    authorization: async () => helper.send(await payer.authorize(quote)),
    coin: () => payer.payNative(quote),
  }
  return { rail, accountId, payer, quote, deposit: undefined, send: ways[rail as keyof typeof ways] }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const laterBack: Hex[] = []

/** Blocks are replaced; of what was in them a part is in the new ones, a part comes later, and a part never. */
async function reorganise(blocks: number): Promise<void> {
  figures.reorganisations += 1
  figures.deepest = Math.max(figures.deepest, blocks)
  const head = await client.getBlockNumber()
  const relayer = dev.accounts.relayer.address.toLowerCase()
  const again: [Hex, number][] = []
  for (let at = 0; at < blocks; at++) {
    const block = await client.getBlock({ blockNumber: head - BigInt(blocks - 1 - at), includeTransactions: true })
    for (const { hash, from } of block.transactions) {
      // What the server sent it sends again by itself.
      const raw =
        from.toLowerCase() === relayer
          ? undefined
          : await client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never)
      const drawn = below(4)
      if (raw === undefined || drawn === 0) figures.dropped += 1
      else if (drawn === 1) laterBack.push(raw)
      else again.push([raw, below(blocks)])
    }
  }
  await dev.reorg(blocks, again)
}

async function bringBack(): Promise<void> {
  for (const serializedTransaction of laterBack.splice(0)) {
    const known = await client.getTransactionReceipt({ hash: keccak256(serializedTransaction) }).catch(() => undefined)
    if (known) continue
    await client.sendRawTransaction({ serializedTransaction })
    figures.broughtBack += 1
  }
}

const watchers = new Set<ChildProcess>()
let chainsPath = ''

async function startWatcher(): Promise<void> {
  const entry = new URL('support/chain-watcher.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [entry], {
    env: {
      ...{ PATH: process.env['PATH'], REDPILL_DATABASE_URL: stage.database.url },
      ...{ ...crypto.environment, REDPILL_CHAINS: chainsPath },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  watchers.add(child)
}

async function killWatcher(child: ChildProcess): Promise<void> {
  watchers.delete(child)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** What the chain says each account has come to, in nano-USD, whatever the server believes. */
async function truthOf({ rail, payer, quote, deposit }: Payment): Promise<bigint> {
  if (quote) {
    const read = { address: addresses.checkout, abi: creditCheckoutAbi, functionName: 'paid' } as const
    const isPaid = await client.readContract({ ...read, args: [quote.order_key] })
    return isPaid ? BigInt(quote.usd_nano) : 0n
  }
  if (!deposit) return (await spentBy(payer)) * 1_000n
  // 4,000 USD for an ETH.
  if (rail === 'coin deposit') return ((await client.getBalance({ address: deposit })) * 4_000n) / 10n ** 9n
  return (await usdcOf(deposit)) * 1_000n
}

const balanceAbi = parseAbi(['function balanceOf(address) view returns (uint256)'])
const usdcOf = (address: Hex): Promise<bigint> =>
  client.readContract({ address: addresses.usdc, abi: balanceAbi, functionName: 'balanceOf', args: [address] })
const spentBy = async ({ address }: Payer): Promise<bigint> => usdcAmount(10_000) - (await usdcOf(address))

async function accountOf({ rail, accountId, payer }: Payment): Promise<string | undefined> {
  if (rail !== 'x402') return accountId
  type Tables = { x402_payment: { payer: string; order_id: string }; payment_order: { id: string; account_id: string } }
  const reserved = db.withTables<Tables>().selectFrom('x402_payment').innerJoin('payment_order', 'id', 'order_id')
  return (await reserved.select('account_id').where('payer', '=', payer.address.toLowerCase()).executeTakeFirst())
    ?.account_id
}

/** What an account has, less what it owes, in nano-USD. */
async function hasOf(payment: Payment): Promise<bigint> {
  const accountId = await accountOf(payment)
  const balance = accountId === undefined ? undefined : await balanceOf(db, accountId)
  return balance ? balance.available - balance.owed : 0n
}

/** Payments whose account has not exactly what the chain says. */
async function differing(some: readonly Payment[]): Promise<Payment[]> {
  const found: Payment[] = []
  for (const payment of some) if ((await hasOf(payment)) !== (await truthOf(payment))) found.push(payment)
  return found
}

/** Until the watchers have read everything that lies deep enough. */
async function caughtUp(): Promise<void> {
  const head = await client.getBlockNumber()
  type Cursor = { number: bigint; problem: string | null }
  const cursor = db.withTables<{ chain_cursor: Cursor }>().selectFrom('chain_cursor').select(['number', 'problem'])
  let last: Cursor | undefined
  const startedMs = performance.now()
  const isThere = async () => {
    last = await cursor.executeTakeFirst()
    return last !== undefined && last.number >= head - BigInt(depth) + 1n
  }
  await eventually('the watchers have caught up', isThere, 240_000).catch((error: unknown) => {
    const at = `at ${last?.number} of ${head}, for: ${last?.problem}`
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}, ${at}`)
  })
  figures.slowestMs = Math.max(figures.slowestMs, Math.round(performance.now() - startedMs))
}

test('210 payments over every rail, under reorganisations, killed watchers and nodes that fail and lie, are exact', async (t) => {
  const file = JSON.parse(await readFile(crypto.environment['REDPILL_CHAINS']!, 'utf8')) as {
    chains: { rpcUrls: string[]; pollSeconds: number }[]
  }
  file.chains[0]!.rpcUrls = proxies.map(({ url }) => url)
  file.chains[0]!.pollSeconds = 0.1
  chainsPath = crypto.environment['REDPILL_CHAINS']!.replace('chains.json', 'watched.json')
  await writeFile(chainsPath, JSON.stringify(file))

  const all: Payment[] = []
  const atOnce = rails.length
  for (let at = 0; at < payments; at += atOnce) all.push(...(await Promise.all(rails.map(prepare))))
  await dev.mine(30)
  atEnd(t, () => Promise.all([...watchers].map(killWatcher)))
  await startWatcher()
  await startWatcher()
  await caughtUp()

  for (const [at, payment] of all.toSorted(() => random() - 0.5).entries()) {
    await payment.send()
    if (below(3) === 0) await dev.mine(1 + below(3))
    if (at % 9 === 8) {
      if (below(3) > 0) await caughtUp()
      await reorganise(1 + below(9))
      if (below(2) === 0) await bringBack()
    }
    if (at % 30 === 29) {
      await killWatcher([...watchers][below(watchers.size)]!)
      figures.kills += 1
      await startWatcher()
    }
  }
  await bringBack()
  for (const proxy of proxies) proxy.set(honest)
  let isAnswered = false
  const answered = Promise.all(requests).then(() => (isAnswered = true))
  while (!isAnswered) {
    await dev.mine()
    await pause(100)
  }
  await answered

  let wrong = await differing(all)
  const before = wrong.length
  for (let rounds = 0; wrong.length > 0 && rounds < 600; rounds++) {
    await dev.mine()
    await pause(100)
    wrong = await differing(wrong)
  }
  await caughtUp()
  // One that was right may have been so before its blocks were replaced.
  await eventually('every account is exact', async () => {
    wrong = await differing(all)
    if (wrong.length > 0) await dev.mine()
    return wrong.length === 0
  }).catch(() => {})
  const told = await Promise.all(wrong.map(async (each) => [each.rail, await hasOf(each), await truthOf(each)]))
  deepEqual(told, [])
  await stage.reconcile()
  const rows = await db
    .withTables<{ chain_payment: { state: string; times: number; reversed: bigint } }>()
    .selectFrom('chain_payment')
    .select(['state', 'times', 'reversed'])
    .execute()
  const came = await Promise.all(all.map(truthOf))
  const shown = {
    seed,
    payments: all.length,
    paid: came.filter((each) => each > 0n).length,
    neverMinedAgain: came.filter((each) => each === 0n).length,
    creditedPayments: rows.filter(({ state: each }) => each === 'credited').length,
    reversedAfterCredit: rows.filter(({ reversed }) => reversed > 0n).length,
    ...figures,
    notExactWhenTheShakingEnded: before,
    notExactAfterTheSweep: wrong.length,
    nanoUsdOnChain: came.reduce((sum, each) => sum + each, 0n).toString(),
  }
  t.diagnostic(JSON.stringify(shown))
  ok(figures.kills >= 5 && figures.reorganisations >= 15 && shown.reversedAfterCredit > 0)
  ok(figures.lies > 0 && figures.faults > 0)
  equal(rows.filter(({ state: each }) => each === 'found' || each === 'orphaned').length, 0)
})
