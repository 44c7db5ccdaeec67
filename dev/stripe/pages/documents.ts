import type { Stripe } from 'stripe'
import type { World } from '../world/world.ts'
import { html, type Html } from './html.ts'
import { day, money } from './money.ts'
import { cardName, missingPage, type PageAnswer } from './page-answer.ts'
import { pdfOf } from './pdf.ts'

const facts = (pairs: readonly (readonly [string, string | null | undefined])[]): Html =>
  html`<dl class="facts">
    ${pairs.map(
      ([name, value]) =>
        Boolean(value) &&
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`

const invoiceFacts = (invoice: Stripe.Invoice) =>
  [
    ['Invoice', invoice.number],
    ['Date', day(invoice.created)],
    ['Billed to', invoice.customer_name],
    ['E-mail', invoice.customer_email],
    ['Country', invoice.customer_address?.country],
  ] as const

const taxOf = ({ total, total_excluding_tax: before }: Stripe.Invoice): number => total - (before ?? total)

export function invoicePage(world: World, id: string): PageAnswer {
  const invoice = world.invoices.find(id)
  if (!invoice) return missingPage
  const { currency } = invoice
  return {
    kind: 'page',
    page: {
      title: `Invoice ${invoice.number ?? ''}`,
      body: html`<main class="narrow">
        <div class="paper">
          <h1>Invoice from RedPill <span class="badge good">Paid</span></h1>
          ${facts(invoiceFacts(invoice))}
          <dl class="lines">
            ${invoice.lines.data.map(
              ({ description, amount }) =>
                html`<div>
                  <dt>${description}</dt>
                  <dd>${money(amount, currency)}</dd>
                </div>`,
            )}
            <div class="sum">
              <dt>Subtotal</dt>
              <dd>${money(invoice.subtotal, currency)}</dd>
            </div>
            ${
              taxOf(invoice) > 0 &&
              html`<div>
                <dt>Tax</dt>
                <dd>${money(taxOf(invoice), currency)}</dd>
              </div>`
            }
            <div class="sum">
              <dt>Paid</dt>
              <dd>${money(invoice.amount_paid, currency)}</dd>
            </div>
          </dl>
          ${invoice.footer !== null && html`<p class="hint">${invoice.footer}</p>`}
          <p><a href="/i/${id}/pdf">Download as PDF</a></p>
        </div>
      </main>`,
    },
  }
}

export function invoicePdf(world: World, id: string): PageAnswer {
  const invoice = world.invoices.find(id)
  if (!invoice) return missingPage
  const { currency } = invoice
  const lines = [
    'Test mode: no real money',
    '',
    ...invoiceFacts(invoice).flatMap(([name, value]) => (value ? [`${name}: ${value}`] : [])),
    '',
    ...invoice.lines.data.map(({ description, amount }) => `${description ?? ''}: ${money(amount, currency)}`),
    ...(taxOf(invoice) > 0 ? [`Tax: ${money(taxOf(invoice), currency)}`] : []),
    `Paid: ${money(invoice.amount_paid, currency)}`,
  ]
  const body = pdfOf('Invoice from RedPill', lines)
  return { kind: 'file', type: 'application/pdf', name: `${invoice.number ?? id}.pdf`, body }
}

export function receiptPage(world: World, id: string): PageAnswer {
  const charge = world.charges.find(id)
  if (charge?.status !== 'succeeded') return missingPage
  const method = world.paymentMethods.find(charge.payment_method ?? '')
  return {
    kind: 'page',
    page: {
      title: 'Receipt',
      body: html`<main class="narrow slim">
        <div class="paper">
          <h1>Receipt from RedPill</h1>
          <p class="total">${money(charge.amount, charge.currency)}</p>
          ${facts([
            ['Paid', day(charge.created)],
            ['With', method && cardName(method)],
            ['For', charge.description],
            ['Refunded', charge.amount_refunded > 0 ? money(charge.amount_refunded, charge.currency) : null],
            ['Payment', charge.payment_intent as string],
          ])}
        </div>
      </main>`,
    },
  }
}
