import type { Stripe } from 'stripe'
import { confirmIntent, failAuthentication } from '../objects/confirm.ts'
import { answerChallenge } from '../objects/pay-session.ts'
import { confirmSetup, failSetup } from '../objects/setup-intents.ts'
import type { World } from '../world/world.ts'
import { html } from './html.ts'
import { notice } from './layout.ts'
import { money } from './money.ts'
import { missingPage, type PageAnswer } from './page-answer.ts'
import { afterPaying } from './pay.ts'

type Intent = Stripe.PaymentIntent | Stripe.SetupIntent

const find = (world: World, id: string): Intent | undefined =>
  world.paymentIntents.find(id) ?? world.setupIntents.find(id)

/** The page of the card's bank. */
export function challengePage(world: World, id: string): PageAnswer {
  const intent = find(world, id)
  if (!intent) return missingPage
  if (intent.status !== 'requires_action')
    return { kind: 'page', page: notice('Nothing to confirm', 'Your bank asks nothing of you any more.') }
  const what =
    intent.object === 'payment_intent'
      ? `a payment of ${money(intent.amount, intent.currency)} to RedPill`
      : 'that RedPill keeps your card'
  const { return_url: back } = intent.next_action?.redirect_to_url ?? { return_url: null }
  return {
    kind: 'page',
    leadsTo: back === null ? [] : [back],
    page: {
      title: 'Your bank asks',
      body: html`<main class="narrow slim">
        <h1>Your bank asks: is it you?</h1>
        <p>3D Secure, as a bank would show it. Confirm ${what}.</p>
        <div class="actions">
          <form method="post" action="/3d-secure/${id}">
            <button class="main" name="answer" value="yes">Complete authentication</button>
          </form>
          <form method="post" action="/3d-secure/${id}">
            <button name="answer" value="no">Fail authentication</button>
          </form>
        </div>
      </main>`,
    },
  }
}

export function pressAnswer(world: World, id: string, form: URLSearchParams): PageAnswer {
  const intent = find(world, id)
  if (intent?.status !== 'requires_action') return challengePage(world, id)
  const isAuthenticated = form.get('answer') === 'yes'
  const session = world.sessions
    .newestFirst()
    .find(({ payment_intent: payment, setup_intent: setup }) => payment === id || setup === id)
  if (session) return afterPaying(world, session.id, answerChallenge(world, session, isAuthenticated))
  // An intent by itself: whoever made it said where its payer goes back to.
  const { return_url: back } = intent.next_action?.redirect_to_url ?? { return_url: null }
  answer(world, intent, isAuthenticated)
  if (back === null) return { kind: 'page', page: notice('Done', 'You can close this page.') }
  const to = new URL(back)
  to.searchParams.set(intent.object, id)
  to.searchParams.set(`${intent.object}_client_secret`, intent.client_secret ?? '')
  to.searchParams.set('redirect_status', isAuthenticated ? 'succeeded' : 'failed')
  return { kind: 'moved', to: to.href }
}

function answer(world: World, intent: Intent, isAuthenticated: boolean): void {
  if (intent.object === 'payment_intent') {
    if (isAuthenticated) confirmIntent(world, intent.id, { isAuthenticated })
    else failAuthentication(world, intent.id)
    return
  }
  if (isAuthenticated) confirmSetup(world, intent.id, { isAuthenticated })
  else failSetup(world, intent, 'The card was not authenticated.', { code: 'setup_intent_authentication_failure' })
}
