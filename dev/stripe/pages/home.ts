import type { Stripe } from 'stripe'
import type { ChaosSwitches } from '../chaos.ts'
import type { Courier, Delivery } from '../hooks/courier.ts'
import type { Timeline } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import { html, type Html } from './html.ts'
import { money } from './money.ts'
import type { PageAnswer } from './page-answer.ts'

export type ControlTools = {
  readonly world: World
  readonly chaos: ChaosSwitches
  readonly courier: Courier
  readonly timeline: Timeline
}

const shownMax = 12

/** What the dashboard is at Stripe: payments with what can be done to them, webhooks, and what goes wrong. */
export function homePage({ world, chaos, courier, timeline }: ControlTools): PageAnswer {
  const charges = world.charges.newestFirst().slice(0, shownMax)
  const deliveries = courier.deliveries().slice(0, shownMax)
  return {
    kind: 'page',
    page: {
      title: 'Stripe emulator',
      body: html`<main class="narrow">
        <h1>Stripe emulator</h1>
        <section aria-labelledby="payments">
          <h2 id="payments">Payments</h2>
          ${
            charges.length === 0
              ? html`<p class="hint">Nobody has paid yet.</p>`
              : html`<ul class="rows">
                  ${charges.map((charge) => chargeRow(world.disputes.newestFirst(), charge))}
                </ul>`
          }
        </section>
        <section aria-labelledby="deliveries">
          <h2 id="deliveries">Webhooks</h2>
          ${
            deliveries.length === 0
              ? html`<p class="hint">Nothing was sent yet.</p>`
              : html`<ul class="rows">
                  ${deliveries.map(deliveryRow)}
                </ul>`
          }
        </section>
        <section aria-labelledby="chaos">
          <h2 id="chaos">Chaos</h2>
          <p class="hint">
            Chances are between 0 and 1. fail_before and rate_limit: nothing is done. lose_answer: it is done, and
            nobody is told. The last five are of webhooks and of chance itself.
          </p>
          <form method="post" action="/_emulator/chaos">
            <div class="two">
              ${Object.entries(chaos.now()).map(
                ([name, value]) =>
                  html`<div class="field">
                    <label for="${name}">${name}</label
                    ><input id="${name}" name="${name}" value="${value}" inputmode="decimal" />
                  </div>`,
              )}
            </div>
            <div class="actions"><button class="small">Set</button></div>
          </form>
        </section>
        <section aria-labelledby="time">
          <h2 id="time">Time</h2>
          <p class="hint">Here it is ${new Date(timeline.nowMs()).toISOString().replace('T', ' ').slice(0, 19)} UTC.</p>
          <div class="actions">
            ${jump('1 hour later', 3_600_000)} ${jump('1 day later', 86_400_000)}
            ${jump('8 days later', 8 * 86_400_000)}
          </div>
        </section>
      </main>`,
    },
  }
}

const press = (action: string, words: string, field?: readonly [name: string, value: string]): Html =>
  html` <form method="post" action="/_emulator/${action}">
    ${field && html`<input type="hidden" name="${field[0]}" value="${field[1]}" />`}
    <button class="small">${words}</button>
  </form>`

const jump = (words: string, ms: number): Html => press('advance', words, ['ms', String(ms)])

function chargeRow(disputes: readonly Stripe.Dispute[], charge: Stripe.Charge): Html {
  const dispute = disputes.find(({ charge: disputed }) => disputed === charge.id)
  const open = dispute && !['won', 'lost', 'warning_closed'].includes(dispute.status) ? dispute : undefined
  const [words, kind] = standing(charge, dispute)
  return html`<li>
    <div>
      ${money(charge.amount, charge.currency)}<small
        >${charge.payment_intent as string} · •••• ${charge.payment_method_details?.card?.last4 ?? ''}</small
      >
    </div>
    <span class="badge ${kind}">${words}</span>
    <div class="actions">
      ${charge.status === 'succeeded' && !dispute && !charge.refunded && press(`dispute/${charge.id}`, 'Dispute')}
      ${open && press(`close-dispute/${open.id}`, 'Merchant wins', ['verdict', 'won'])}
      ${open && press(`close-dispute/${open.id}`, 'Merchant loses', ['verdict', 'lost'])}
    </div>
  </li>`
}

function standing(charge: Stripe.Charge, dispute: Stripe.Dispute | undefined): readonly [words: string, kind: string] {
  if (charge.status === 'failed') return [charge.failure_code ?? 'failed', 'bad']
  if (dispute) return [`dispute: ${dispute.status.replaceAll('_', ' ')}`, dispute.status === 'won' ? 'good' : 'bad']
  if (charge.refunded) return ['refunded', '']
  if (charge.amount_refunded > 0) return [`${money(charge.amount_refunded, charge.currency)} refunded`, '']
  return ['paid', 'good']
}

function deliveryRow({ id, type, event, state, attempts }: Delivery): Html {
  const last = attempts.at(-1)
  const outcome = last && (last.problem ?? `answered ${String(last.status)}`)
  const kind = state === 'delivered' ? 'good' : state === 'waiting' ? '' : 'bad'
  return html`<li>
    <div>
      ${type}<small
        >${event}${outcome !== undefined && ` · ${outcome}`}${attempts.length > 1 && ` · ${attempts.length} attempts`}</small
      >
    </div>
    <span class="badge ${kind}">${state}</span>
    <div class="actions">${press(`resend/${id}`, 'Send again')}</div>
  </li>`
}
