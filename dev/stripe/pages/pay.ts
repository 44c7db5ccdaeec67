import type { Stripe } from 'stripe'
import { cardByNumber } from '../cards.ts'
import { paySession, withTax, type PaidWith, type PayOutcome } from '../objects/pay-session.ts'
import { methodsOf } from '../objects/payment-methods.ts'
import type { World } from '../world/world.ts'
import {
  cardFields,
  cardList,
  emptyCard,
  field,
  fieldsOf,
  filledCard,
  readCard,
  type CardFields,
  type CardProblems,
} from './card-form.ts'
import { html, type Html } from './html.ts'
import { notice } from './layout.ts'
import { money } from './money.ts'
import { cardName, missingPage, type PageAnswer } from './page-answer.ts'

type Shown = {
  readonly fields: CardFields
  readonly email: string
  readonly keepsCard: boolean
  readonly chosen: string
  readonly problems: CardProblems & { readonly email?: string }
  readonly refusal?: string
}

/** The hosted page of a Checkout Session, empty or with a test card filled in. */
export function payPage(world: World, id: string, query: URLSearchParams): PageAnswer {
  const session = world.sessions.find(id)
  if (!session) return missingPage
  const number = query.get('card') ?? ''
  const card = cardByNumber(number)
  const fields = card ? filledCard(number, world.timeline.nowMs()) : emptyCard
  const email = session.customer_details?.email ?? (card ? 'payer@example.com' : '')
  return show(world, session, {
    fields,
    email,
    keepsCard: false,
    chosen: card ? 'new' : (keptCards(world, session)[0]?.id ?? 'new'),
    problems: {},
  })
}

/** What a press on "Pay" does. */
export function pressPay(world: World, id: string, form: URLSearchParams): PageAnswer {
  const session = world.sessions.find(id)
  if (!session) return missingPage
  const kept = keptCards(world, session)
  const chosen = kept.find((method) => method.id === form.get('with'))
  const fields = fieldsOf(form)
  const email = session.customer_details?.email ?? (form.get('email') ?? '').trim()
  const shown: Shown = {
    fields,
    email,
    keepsCard: form.get('save') === 'yes',
    chosen: chosen?.id ?? 'new',
    problems: {},
  }
  const wrongEmail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? {} : { email: 'Enter an e-mail address.' }
  const read = chosen
    ? { kind: 'card' as const, paidWith: { paymentMethod: chosen.id } }
    : readCard(fields, world.timeline.nowMs())
  const problems = { ...wrongEmail, ...(read.kind === 'wrong' && read.problems) }
  if (read.kind === 'wrong' || Object.keys(problems).length > 0)
    return show(world, session, { ...shown, problems }, 400)
  const outcome = paySession(world, id, payerOf(shown, chosen), read.paidWith satisfies PaidWith)
  return afterPaying(world, id, outcome, shown)
}

function payerOf({ fields, email, keepsCard }: Shown, chosen: Stripe.PaymentMethod | undefined) {
  const { billing_details: details } = chosen ?? {}
  return {
    email,
    name: chosen ? (details?.name ?? '') : fields.name.trim(),
    country: chosen ? (details?.address?.country ?? 'US') : fields.country,
    keepsCard: chosen ? chosen.allow_redisplay === 'always' : keepsCard,
  }
}

/** Where a payer goes next. */
export function afterPaying(world: World, id: string, outcome: PayOutcome, shown?: Shown): PageAnswer {
  const session = world.sessions.get(id)
  if (outcome.kind === 'done') return { kind: 'moved', to: successUrl(session) }
  if (outcome.kind === 'challenge') return { kind: 'moved', to: `${world.origin()}/3d-secure/${outcome.intent}` }
  if (outcome.kind === 'closed') return closedPage(session)
  const again: Shown = shown ?? {
    fields: emptyCard,
    email: world.payers.get(id)?.email ?? '',
    keepsCard: false,
    chosen: 'new',
    problems: {},
  }
  // As on Stripe's page: the number has to be typed again, since it may be the number that was wrong.
  return show(world, session, { ...again, refusal: outcome.message }, 402)
}

const successUrl = ({ success_url: url, id }: Stripe.Checkout.Session): string =>
  (url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', id)

function closedPage(session: Stripe.Checkout.Session): PageAnswer {
  if (session.status === 'complete')
    return {
      kind: 'page',
      page: notice('This payment is done', 'You have paid already; nothing is taken twice.', {
        href: successUrl(session),
        words: 'Go back',
      }),
    }
  const back = session.cancel_url === null ? undefined : { href: session.cancel_url, words: 'Go back' }
  return {
    kind: 'page',
    status: 410,
    page: notice('This payment page has expired', 'Nothing was taken. Start again where you came from.', back),
  }
}

/** Cards that the customer agreed to be shown. */
const keptCards = (world: World, { customer, mode }: Stripe.Checkout.Session): readonly Stripe.PaymentMethod[] =>
  typeof customer === 'string' && mode === 'payment'
    ? methodsOf(world, customer).filter(({ allow_redisplay: shown }) => shown === 'always')
    : []

function show(world: World, before: Stripe.Checkout.Session, shown: Shown, status = 200): PageAnswer {
  if (before.status !== 'open') return closedPage(before)
  const session = withTax(world, before, shown.fields.country)
  const isSetup = session.mode === 'setup'
  const act = isSetup ? 'Save card' : `Pay ${money(session.amount_total!, session.currency!)}`
  return {
    kind: 'page',
    status,
    leadsTo: [successUrl(session)],
    page: {
      title: isSetup ? 'Save a card' : act,
      body: html`<main class="checkout">
        <div class="summary">
          ${session.cancel_url !== null && html`<p class="back"><a href="${session.cancel_url}">← Back</a></p>`}
          ${isSetup ? html`<h1>Save a card for later payments</h1>` : amounts(world, session)}
        </div>
        <div class="pay">
          <h2>${isSetup ? 'Card' : 'Pay with card'}</h2>
          ${shown.refusal !== undefined && html`<p class="alert" role="alert">${shown.refusal}</p>`}
          ${payForm(world, session, shown, act)} ${cardList(`/c/pay/${session.id}`)}
        </div>
      </main>`,
    },
  }
}

function amounts(world: World, session: Stripe.Checkout.Session): Html {
  const currency = session.currency!
  const { lines } = world.orders.get(session.id)!
  const tax = session.total_details?.amount_tax ?? 0
  return html` <div>
      <p class="merchant">Pay RedPill</p>
      <h1 class="total">${money(session.amount_total!, currency)}</h1>
    </div>
    <dl class="lines">
      ${lines.map(
        ({ description, quantity, amount_subtotal: amount }) =>
          html`<div>
            <dt>${description}${(quantity ?? 1) > 1 && html`<small>Quantity ${quantity}</small>`}</dt>
            <dd>${money(amount, currency)}</dd>
          </div>`,
      )}
      ${
        session.automatic_tax.enabled &&
        html`<div class="sum">
            <dt>Subtotal</dt>
            <dd>${money(session.amount_subtotal!, currency)}</dd>
          </div>
          <div>
            <dt>Tax<small>By the country below; it is worked out anew when you pay</small></dt>
            <dd>${money(tax, currency)}</dd>
          </div>`
      }
      <div class="sum">
        <dt>Total due</dt>
        <dd>${money(session.amount_total!, currency)}</dd>
      </div>
    </dl>`
}

function payForm(world: World, session: Stripe.Checkout.Session, shown: Shown, act: string): Html {
  const knownEmail = session.customer_details?.email
  const kept = keptCards(world, session)
  const fields = cardFields(shown.fields, shown.problems)
  return html`<form method="post" action="/c/pay/${session.id}" novalidate>
    ${
      knownEmail === undefined || knownEmail === null
        ? field({
            name: 'email',
            label: 'E-mail',
            value: shown.email,
            problem: shown.problems.email,
            more: 'type="email" autocomplete="off" maxlength="200"',
          })
        : html`<p class="hint">Paying as ${knownEmail}</p>`
    }
    ${
      kept.length > 0 &&
      html`<fieldset>
        <legend>Card</legend>
        ${kept.map((method) => pick(method.id, shown.chosen, html`${cardName(method)}<small>Expires ${String(method.card?.exp_month)} / ${String(method.card?.exp_year)}</small>`))}
        ${pick('new', shown.chosen, html`Another card`)}
      </fieldset>`
    }
    <fieldset class="another">
      <legend>${kept.length > 0 ? 'Another card' : 'Card'}</legend>
      ${fields}
    </fieldset>
    ${keeping(world, session, shown)}
    <button class="main">${act}</button>
  </form>`
}

const pick = (value: string, chosen: string, words: Html): Html =>
  html` <div class="pick">
    <input type="radio" name="with" id="with-${value}" value="${value}" ${value === chosen && { html: ' checked' }} />
    <label for="with-${value}">${words}</label>
  </div>`

/** What becomes of the card: kept because the merchant says so, or because the payer does. */
function keeping(world: World, session: Stripe.Checkout.Session, shown: Shown): Html | false {
  const isKeptAnyway =
    world.orders.get(session.id)!.payment.setup_future_usage === 'off_session' || session.mode === 'setup'
  if (isKeptAnyway)
    return html`<p class="hint">Your card is kept, so that RedPill can charge it later as you agreed with it.</p>`
  if (session.saved_payment_method_options?.payment_method_save !== 'enabled') return false
  return html`<div class="pick">
    <input type="checkbox" id="save" name="save" value="yes" ${shown.keepsCard && { html: ' checked' }} />
    <label for="save">Save this card for the next time</label>
  </div>`
}
