import type { Account } from '../../accounts/index.ts'
import { customerOf } from './customers.ts'
import { asking } from './faults.ts'
import { cardPageRequest } from './requests.ts'
import { backToCards } from './return.ts'
import type { StripeTools } from './tools.ts'

export type Visit = {
  readonly account: Pick<Account, 'id' | 'name'>
  readonly email: string | undefined
  /** The origin to come back to. */
  readonly origin: string
}

const customerFor = (tools: StripeTools, { account, email }: Visit): Promise<string> =>
  customerOf(tools, { accountId: account.id, name: account.name, email })

/** Where somebody looks after cards, invoices and receipts of an account. */
export const portalUrl = (tools: StripeTools, visit: Visit): Promise<string> =>
  asking(tools, async () => {
    const customer = await customerFor(tools, visit)
    const asked = { customer, return_url: backToCards(visit.origin) }
    return (await tools.stripe.billingPortal.sessions.create(asked)).url
  })

/** Where somebody gives a card without paying. */
export const cardPageUrl = (tools: StripeTools, visit: Visit & { readonly isForAutoTopUp: boolean }): Promise<string> =>
  asking(tools, async () => {
    const { isForAutoTopUp, origin } = visit
    const customerId = await customerFor(tools, visit)
    const request = cardPageRequest({ customerId, returnTo: backToCards(origin), isForAutoTopUp })
    return (await tools.stripe.checkout.sessions.create(request)).url!
  })
