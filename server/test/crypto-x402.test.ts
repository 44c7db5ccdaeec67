import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { after, test } from 'node:test'
import { depth, openCryptoStage } from './support/crypto.ts'
import { eventually } from './support/eventually.ts'
import { newPayer, type Payer } from './support/payer.ts'
import { askX402, payFor, type X402Ask } from './support/x402.ts'

const crypto = await openCryptoStage({ after })
const { dev, stage } = crypto
const { client, addresses } = dev
const payer = await newPayer(dev)
const ask = (asked: X402Ask) => askX402(stage.server().url, asked)

/** Makes blocks until the request is answered. */
async function mining<T>(request: Promise<T>): Promise<T> {
  let isDone = false
  const done = request.finally(() => (isDone = true))
  while (!isDone) {
    await dev.mine()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return done
}

const wantedFor = async (amountUsd = '1') => (await ask({ amountUsd })).required!.accepts[0]!
const signed = async (by: Payer = payer, amountUsd = '1') => payFor(by, await wantedFor(amountUsd))
const transfersOf = async (by: Payer) =>
  (await client.getLogs({ address: addresses.usdc, fromBlock: 0n })).filter(({ topics }) =>
    (topics[1] ?? '').endsWith(by.address.slice(2).toLowerCase()),
  ).length

test('without a payment the answer is 402 with what it costs, as the protocol has it', async () => {
  const { status, required } = await ask({ amountUsd: '2.5' })
  equal(status, 402)
  deepEqual(required!.accepts, [
    {
      scheme: 'exact',
      network: `eip155:${dev.chainId}`,
      amount: '2500000',
      asset: addresses.usdc.toLowerCase(),
      payTo: addresses.treasury.toLowerCase(),
      maxTimeoutSeconds: 120,
      extra: { name: 'Test USDC', version: '1', paymentFlow: 'upfront' },
    },
  ])
})

test('an agent without an account and without coin pays, and gets a key that spends what it bought and no more', async () => {
  const agent = await newPayer(dev)
  await client.setBalance({ address: agent.address, value: 0n })
  const bought = await mining(ask({ payment: await signed(agent) }))
  deepEqual([bought.status, bought.data.state, bought.response!.success], [200, 'credited', true])
  match(bought.response!.transaction, /^0x[0-9a-f]{64}$/)
  const headers = { authorization: `Bearer ${bought.data.key}` }
  const known = await fetch(`${stage.server().url}/v1/key`, { headers })
  const { data } = (await known.json()) as { data: { limit: number } }
  equal(data.limit, 1)
  equal(await crypto.availableOf(bought.data.account_id), '2000000')
  // With its key it adds to the same account, and the key may spend so much more.
  const more = await mining(ask({ payment: await signed(agent, '3'), amountUsd: '3', key: bought.data.key! }))
  deepEqual([more.status, more.data.account_id, more.data.key], [200, bought.data.account_id, null])
  equal(await crypto.availableOf(bought.data.account_id), '8000000')
  const raised = (await (await fetch(`${stage.server().url}/v1/key`, { headers })).json()) as {
    data: { limit: number }
  }
  equal(raised.data.limit, 4)
  await stage.reconcile()
})

test('one payment that is sent five times at once is brought once, credited once, and gives one key', async () => {
  const agent = await newPayer(dev)
  const payment = await signed(agent)
  const before = await transfersOf(agent)
  const answers = await mining(Promise.all(Array.from({ length: 5 }, () => ask({ payment }))))
  deepEqual(answers.filter(({ status }) => status === 402).length, 4)
  deepEqual(
    [...new Set(answers.flatMap(({ required }) => required?.error ?? []))],
    ['invalid_exact_evm_nonce_already_used'],
  )
  equal(await transfersOf(agent), before + 1 + 1, 'one transfer, and the log that the nonce was used')
  const { account_id: accountId } = answers.find(({ status }) => status === 200)!.data
  equal(await crypto.availableOf(accountId), '2000000')
  // Everybody can read it on the chain now; it still buys nothing.
  equal((await ask({ payment })).status, 402)
  equal((await ask({ payment, claim: 'a-claim-that-was-not-made' })).status, 402)
})

test('whoever sent a claim with the payment gets a key again, in place of the first', async () => {
  const agent = await newPayer(dev)
  const asked = { payment: await signed(agent), claim: 'a-secret-of-the-agent' }
  const first = await mining(ask(asked))
  const again = await ask(asked)
  deepEqual([again.status, again.data.order_id], [200, first.data.order_id])
  notEqual(again.data.key, first.data.key)
  const statusOf = async (key: string) =>
    (await fetch(`${stage.server().url}/v1/key`, { headers: { authorization: `Bearer ${key}` } })).status
  deepEqual([await statusOf(first.data.key!), await statusOf(again.data.key!)], [401, 200])
  equal((await ask({ ...asked, claim: 'another-secret-of-somebody' })).status, 402)
  equal(await crypto.availableOf(first.data.account_id), '2000000')
})

test('what was signed for another amount, to somebody else, too late, by another key, or without money buys nothing', async () => {
  const wanted = await wantedFor()
  const poor = await newPayer(dev, '0')
  const now = BigInt(Math.floor(Date.now() / 1_000))
  const [paid, forged] = [await payFor(payer, wanted), await payFor(payer, wanted)].map(
    (text) => JSON.parse(Buffer.from(text, 'base64').toString()) as { payload: { signature: string } },
  )
  const mixed = { ...paid!, payload: { ...paid!.payload, signature: forged!.payload.signature } }
  const refused = [
    ['authorization_value', await payFor(payer, wanted, { value: 999_999n })],
    ['authorization_value', await payFor(payer, await wantedFor('0.5'))],
    ['recipient_mismatch', await payFor(payer, wanted, { to: poor.address })],
    ['valid_before', await payFor(payer, wanted, { validBefore: now - 1n })],
    ['valid_after', await payFor(payer, wanted, { validAfter: now + 600n })],
    ['insufficient_funds', await payFor(poor, wanted)],
    ['signature', Buffer.from(JSON.stringify(mixed)).toString('base64')],
    ['requirements', await payFor(payer, { ...wanted, asset: addresses.usdt })],
    ['requirements', 'nonsense'],
  ] as const
  for (const [why, payment] of refused) {
    const { status, required } = await ask({ payment })
    equal(status, 402)
    match(required!.error, new RegExp(why), why)
  }
})

test('a wallet has no more payments open than it can pay, however many are signed for at once', async () => {
  const agent = await newPayer(dev, '2.5')
  const payments = await Promise.all(Array.from({ length: 12 }, () => signed(agent)))
  const answers = await mining(Promise.all(payments.map((payment) => ask({ payment }))))
  deepEqual(
    answers.flatMap(({ required }) => required?.error ?? []),
    Array.from({ length: 10 }, () => 'insufficient_funds'),
  )
  const { account_id: accountId } = answers.find(({ status }) => status !== 402)!.data
  await mining(eventually('both are credited', async () => (await crypto.availableOf(accountId)) === '4000000'))
  type Orders = { data: unknown[] }
  equal((await stage.server().manage<Orders>('GET', `/accounts/${accountId}/orders`)).data.length, 2)
})

test('nor more than ten at once, whatever it holds; when they are paid it may go on', async () => {
  const agent = await newPayer(dev)
  const payments = await Promise.all(Array.from({ length: 12 }, () => signed(agent)))
  await client.setAutomine(false)
  const asked = Promise.all(payments.map((payment) => ask({ payment })))
  await eventually('ten are sent', async () => (await client.getTxpoolStatus()).pending >= 10)
  await client.setAutomine(true)
  const answers = await mining(asked)
  deepEqual(
    answers.flatMap(({ required }) => required?.error ?? []),
    ['too_many_open_payments', 'too_many_open_payments'],
  )
  const { account_id: accountId } = answers.find(({ status }) => status !== 402)!.data
  await mining(eventually('ten are credited', async () => (await crypto.availableOf(accountId)) === '20000000'))
  equal((await mining(ask({ payment: await signed(agent) }))).status, 200)
})

test('a server that dies after it sent the payment credits it when it is back, and its claim still gets the key', async () => {
  const agent = await newPayer(dev)
  await client.setAutomine(false)
  const asked = { payment: await signed(agent), claim: 'a-secret-that-outlives-a-crash' }
  const lost = ask(asked).catch((error: unknown) => error)
  await eventually('it was sent', async () => (await client.getTxpoolStatus()).pending > 0)
  await stage.server().kill()
  await lost
  await client.setAutomine(true)
  await dev.mine(depth)
  await stage.restart()
  const bought = await mining(ask(asked))
  deepEqual([bought.status, bought.data.state], [200, 'credited'])
  equal(await crypto.availableOf(bought.data.account_id), '2000000')
  await stage.reconcile()
})
