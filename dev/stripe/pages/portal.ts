import type { Stripe } from 'stripe'
import { cardByNumber } from '../cards.ts'
import { updateCustomer } from '../objects/customers.ts'
import { createPaymentMethod, detachPaymentMethod, methodsOf } from '../objects/payment-methods.ts'
import { confirmSetup, createSetup } from '../objects/setup-intents.ts'
import { StripeFault } from '../protocol/faults.ts'
import type { World } from '../world/world.ts'
import {
  cardFields,
  cardList,
  emptyCard,
  fieldsOf,
  filledCard,
  readCard,
  type CardFields,
  type CardProblems,
} from './card-form.ts'
import { html, type Html } from './html.ts'
import { notice } from './layout.ts'
import { day, money } from './money.ts'
import { cardName, missingPage, type PageAnswer } from './page-answer.ts'

type Portal = { readonly session: Stripe.BillingPortal.Session; readonly customer: Stripe.Customer }

const lastsSeconds = 3_600

/** The portal behind a session's address, for an hour, or the page that says why not. */
function open(world: World, id: string): Portal | PageAnswer {
  const session = world.portalSessions.find(id)
  const customer = session && world.customers.find(session.customer)
  if (!session || !customer) return missingPage
  if (world.timeline.now() - session.created <= lastsSeconds) return { session, customer }
  const back = session.return_url === null ? undefined : { href: session.return_url, words: 'Go back' }
  return {
    kind: 'page',
    status: 410,
    page: notice('This page has expired', 'Open it again from where you came.', back),
  }
}

export function portalPage(world: World, id: string): PageAnswer {
  const portal = open(world, id)
  if ('kind' in portal) return portal
  if (portal.session.flow?.type === 'payment_method_update') return addCardPage(world, id, new URLSearchParams())
  return show(world, portal)
}

function show(world: World, { session, customer }: Portal): PageAnswer {
  const methods = methodsOf(world, customer.id)
  const invoices = world.invoices.newestFirst().filter((invoice) => invoice.customer === customer.id)
  return {
    kind: 'page',
    page: {
      title: 'Billing',
      body: html`<main class="narrow">
        ${backTo(session)}
        <h1>Billing of ${customer.name ?? customer.email ?? customer.id}</h1>
        <section aria-labelledby="cards">
          <h2 id="cards">Cards</h2>
          ${
            methods.length === 0
              ? html`<p class="hint">No card is kept.</p>`
              : html`<ul class="rows">
                  ${methods.map((method) => cardRow(session, customer, method))}
                </ul>`
          }
          <p><a class="button" href="/p/session/${session.id}/add">Add a card</a></p>
        </section>
        <section aria-labelledby="invoices">
          <h2 id="invoices">Invoices</h2>
          ${
            invoices.length === 0
              ? html`<p class="hint">There is no invoice yet.</p>`
              : html`<ul class="rows">
                  ${invoices.map(invoiceRow)}
                </ul>`
          }
        </section>
      </main>`,
    },
  }
}

const backTo = ({ return_url: url }: Stripe.BillingPortal.Session): Html | false =>
  url !== null && html`<p><a href="${url}">← Return to RedPill</a></p>`

function cardRow(session: Stripe.BillingPortal.Session, customer: Stripe.Customer, method: Stripe.PaymentMethod): Html {
  const isDefault = customer.invoice_settings.default_payment_method === method.id
  const name = cardName(method)
  const button = (action: string, words: string, kind: string) =>
    html`<form method="post" action="/p/session/${session.id}/${action}">
      <button class="${kind}" name="card" value="${method.id}" aria-label="${words} ${name}">${words}</button>
    </form>`
  return html`<li>
    <div>${name}<small>Expires ${String(method.card?.exp_month)} / ${String(method.card?.exp_year)}</small></div>
    ${isDefault ? html`<span class="badge">Default</span>` : html`<div class="actions">${button('default', 'Make default', 'small')}</div>`}
    <div class="actions">${button('remove', 'Remove', 'small danger')}</div>
  </li>`
}

const invoiceRow = (invoice: Stripe.Invoice): Html =>
  html`<li>
    <div>${invoice.number}<small>${day(invoice.created)}</small></div>
    <span>${money(invoice.total, invoice.currency)}</span>
    <span class="badge good">Paid</span>
    <a href="${invoice.hosted_invoice_url ?? ''}" aria-label="View invoice ${invoice.number}">View</a>
  </li>`

/** Takes a card away, or makes it the first; cards of others are not here. */
export function pressCard(world: World, id: string, form: URLSearchParams, action: 'default' | 'remove'): PageAnswer {
  const portal = open(world, id)
  if ('kind' in portal) return portal
  const card = form.get('card') ?? ''
  if (world.paymentMethods.find(card)?.customer === portal.customer.id) {
    if (action === 'remove') detachPaymentMethod(world, card)
    else updateCustomer(world, portal.customer.id, { default_payment_method: card })
  }
  return { kind: 'moved', to: `/p/session/${id}` }
}

type Shown = { readonly fields: CardFields; readonly problems: CardProblems; readonly refusal?: string }

export function addCardPage(world: World, id: string, query: URLSearchParams): PageAnswer {
  const portal = open(world, id)
  if ('kind' in portal) return portal
  const number = query.get('card') ?? ''
  const fields = cardByNumber(number) ? filledCard(number, world.timeline.nowMs()) : emptyCard
  return showAdd(portal, { fields, problems: {} })
}

function showAdd({ session }: Portal, { fields, problems, refusal }: Shown, status = 200): PageAnswer {
  const path = `/p/session/${session.id}/add`
  return {
    kind: 'page',
    status,
    leadsTo: session.return_url === null ? [] : [session.return_url],
    page: {
      title: 'Add a card',
      body: html`<main class="narrow slim">
        ${session.flow ? backTo(session) : html`<p><a href="/p/session/${session.id}">← Billing</a></p>`}
        <h1>Add a card</h1>
        ${refusal !== undefined && html`<p class="alert" role="alert">${refusal}</p>`}
        <form method="post" action="${path}" novalidate>
          ${cardFields(fields, problems)}
          <button class="main">Save card</button>
        </form>
        ${cardList(path)}
      </main>`,
    },
  }
}

export function pressAdd(world: World, id: string, form: URLSearchParams): PageAnswer {
  const portal = open(world, id)
  if ('kind' in portal) return portal
  const fields = fieldsOf(form)
  const read = readCard(fields, world.timeline.nowMs())
  if (read.kind === 'wrong') return showAdd(portal, { fields, problems: read.problems }, 400)
  const { customer, session } = portal
  const back = session.flow && session.return_url !== null ? session.return_url : `${world.origin()}/p/session/${id}`
  const billing = { name: fields.name.trim(), email: customer.email, address: { country: fields.country } }
  const method = createPaymentMethod(world, { ...read.paidWith, billing })
  try {
    const { id: setup } = createSetup(world, { customer: customer.id })
    const done = confirmSetup(world, setup, { payment_method: method.id, return_url: back })
    return { kind: 'moved', to: done.status === 'requires_action' ? `/3d-secure/${setup}` : back }
  } catch (error) {
    if (error instanceof StripeFault) return showAdd(portal, { fields, problems: {}, refusal: error.message }, 402)
    throw error
  }
}
