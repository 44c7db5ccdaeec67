/** Payments by card against the emulator: gateways in this process, a payer at the pay page, Stripe's own doings. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { developmentKey, developmentSecret, startStripeEmulator } from '../../../dev/stripe/index.ts'
import { createAccount } from '../../src/accounts/index.ts'
import type { Uuid } from '../../src/core/ids.ts'
import { nanoUsd, type NanoUsd, usd } from '../../src/core/money.ts'
import { type Balance, balanceOf } from '../../src/credits/index.ts'
import {
  advance,
  createOrder,
  describeOrder,
  findOrder,
  openStripeRail,
  type Order,
  type StripeRail,
  type StripeTools,
  type Wishes,
} from '../../src/payments/index.ts'
import type { StripeSettings } from '../../src/platform/stripe-settings.ts'
import { clock as realClock } from './clock.ts'
import { testDatabase, type Scope } from './database.ts'
import { eventually } from './eventually.ts'
import { makeId } from './ledger-fixture.ts'
import { atEnd } from './scope.ts'

/** Numbers of dev/stripe/cards.ts, by what becomes of them. */
export const cardNumbers = {
  good: '4242424242424242',
  asksOnce: '4000002500003155',
  asksAlways: '4000002760003184',
  declined: '4000000000000002',
  disputed: '4000000000000259',
  inquiry: '4000000000001976',
  refundFails: '4000000000005126',
} as const

export type Told = { readonly accountId: Uuid; readonly kind: string; readonly words: string }

type StageOptions = {
  readonly settings?: Partial<StripeSettings>
  /** Basis points and nano-USD. */
  readonly fee?: { readonly bps: number; readonly fixed: NanoUsd }
}

const origin = 'http://127.0.0.1:8787'

export async function openCardStage(scope: Scope, { settings = {}, fee }: StageOptions = {}) {
  const database = await testDatabase(scope)
  const { db } = database
  const emulator = await startStripeEmulator({ retryDelaysMs: [50, 100, 200] })
  atEnd(scope, emulator.close)
  let aheadMs = 0
  const clock = { ...realClock, nowMs: () => realClock.nowMs() + aheadMs }
  const told: Told[] = []
  const logged: string[] = []
  const say = (message: string, fields: object = {}) => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log = { error: say, warn: say, info: say, debug: say }
  const orders = { makeId, clock }
  const terms = { terms: fee ?? { bps: 0, fixed: nanoUsd(0n) }, heldDays: 14 }

  /** The card rail as one gateway process has it. */
  async function openGateway(
    more: Partial<StripeSettings> = {},
  ): Promise<StripeRail & { readonly tools: StripeTools }> {
    const rail = await openStripeRail(
      {
        ...{ secretKey: developmentKey, isLive: false, webhookSecret: developmentSecret, apiUrl: emulator.url },
        ...{ tax: false, invoices: false, ...settings, ...more },
      },
      {
        ...{ db, clock, makeId, log, orders, terms, bounds: { minimum: usd(1), maximum: usd(5_000) } },
        tellPaused: (_tx, paused) => Promise.resolve(void told.push(paused)),
      },
    )
    atEnd(scope, rail.close)
    return { ...rail, tools: rail.tools! }
  }

  const gateway = await openGateway()

  async function makeCustomer(): Promise<Uuid> {
    const account = { id: makeId(), name: 'A customer', kind: 'customer' as const, createdAt: new Date() }
    return (await createAccount(db, account)).id
  }

  /** As the API does: an order, and where to pay it. */
  async function order(accountId: Uuid, amount: NanoUsd, wishes: Partial<Wishes> = {}, by: StripeRail = gateway) {
    const made = await createOrder(db, { accountId, rail: 'card', amount, ...terms }, orders)
    const begun = await by.rail.begin(made, { origin, email: 'payer@example.com', ...wishes })
    const pay = begun.kind === 'begun' ? begun.pay : undefined
    if (pay) {
      await describeOrder(db, made.id, { pay })
      await advance(db, made.id, { kind: 'began', key: 'began', at: new Date(clock.nowMs()) }, orders)
    }
    return { id: made.id, begun, url: typeof pay?.['url'] === 'string' ? pay['url'] : '' }
  }

  return {
    ...{ database, db, emulator, gateway, openGateway, makeCustomer, order, told, logged, clock },
    find: async (id: Uuid): Promise<Order> => (await findOrder(db, id))!,
    balance: async (accountId: Uuid): Promise<Balance> => (await balanceOf(db, accountId))!,
    /** What happens here from now on happens so much later. */
    wait: (ms: number) => void (aheadMs += ms),
    run: (rail: StripeRail, name: string) => rail.jobs.find((job) => job.name === name)!.run(),
  }
}

export type CardStage = Awaited<ReturnType<typeof openCardStage>>

/**
 * A payer who enters a card on Stripe's page, presses "Pay" and says yes to their bank; where the browser is
 * sent then, nowhere where the page stays.
 */
export async function payOn(url: string, number: string = cardNumbers.good) {
  const form = {
    email: 'payer@example.com',
    with: 'new',
    number,
    expiry: '12 / 40',
    cvc: '123',
    name: 'Ada',
    country: 'US',
  }
  const paid = await press(url, form)
  return paid.location?.includes('/3d-secure/') ? press(paid.location, { answer: 'yes' }) : paid
}

async function press(url: string, form: Readonly<Record<string, string>>) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
  const location = answer.headers.get('location')
  return { location: location === null ? undefined : new URL(location, url).href, page: await answer.text() }
}

/** Where webhooks come in, as the server answers them: by a gateway in this process. */
export async function startHookServer(scope: Scope, rail: () => StripeRail) {
  const answers: number[] = []
  let failing = 0
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then(async (pieces) => {
      const signature = request.headers['stripe-signature']
      const isFailing = failing-- > 0
      const delivered = isFailing
        ? undefined
        : await rail().deliver(Buffer.concat(pieces), typeof signature === 'string' ? signature : undefined)
      const status = delivered?.kind === 'taken' ? 200 : isFailing ? 500 : 400
      answers.push(status)
      response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    answers,
    failNext: (times: number) => void (failing = times),
  }
}

/** A saved card of an account, as it is kept while paying. */
export async function keepCard(stage: CardStage, accountId: Uuid, number: string = cardNumbers.good): Promise<string> {
  const { id, url } = await stage.order(accountId, usd(1), { saveCard: true })
  await payOn(url, number)
  stage.wait(10_000)
  await stage.run(stage.gateway, 'stripe-payments')
  return (await chargeOf(stage, id)).payment_method!
}

/** From now on the bank of a saved card declines it. */
export function spoilCard({ emulator: { world } }: Pick<CardStage, 'emulator'>, cardId: string): void {
  const facts = world.cards.get(cardId)!
  const decline = { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' }
  world.cards.set(cardId, { ...facts, card: { ...facts.card, decline } })
}

/** The charge of an order that is paid. */
export async function chargeOf({ database, emulator }: Pick<CardStage, 'database' | 'emulator'>, orderId: Uuid) {
  let found: string | null | undefined
  await eventually('the charge is known', async () => {
    const asked = 'select charge_id from stripe_payment where order_id = $1'
    const { rows } = await database.pool.query<{ charge_id: string | null }>(asked, [orderId])
    found = rows[0]?.charge_id
    return typeof found === 'string'
  })
  return emulator.world.charges.get(found!)
}
