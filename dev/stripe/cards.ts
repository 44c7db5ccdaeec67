/** The test cards of https://docs.stripe.com/testing that the emulator knows, and what becomes of a payment with each. */

export type Decline = { readonly code: string; readonly declineCode: string; readonly message: string }

export type TestCard = {
  readonly number: string
  /** As Stripe names the ready-made payment method, and as people read it. */
  readonly token: string
  readonly words: string
  readonly brand: 'visa' | 'mastercard' | 'amex'
  readonly funding: 'credit' | 'debit'
  readonly country: string
  /** Whether its bank wants to see its holder. */
  readonly authentication: 'never' | 'unless set up' | 'always'
  readonly decline?: Decline
  /** It can be kept, and fails later when it is charged. */
  readonly declinesOnlyWhenKept?: true
  readonly dispute?: { readonly reason: string; readonly networkReasonCode: string; readonly isInquiry?: true }
  readonly refund?: 'fails later' | 'takes a while'
  readonly isAvailableAtOnce?: true
}

const declined = (declineCode: string, message = 'Your card was declined.', code = 'card_declined'): Decline => ({
  code,
  declineCode,
  message,
})

type Row = Pick<TestCard, 'number' | 'token' | 'words'> & Partial<TestCard>

const row = (card: Row): TestCard => ({
  brand: 'visa',
  funding: 'credit',
  country: 'US',
  authentication: 'never',
  ...card,
})

export const testCards: readonly TestCard[] = [
  row({ number: '4242424242424242', token: 'pm_card_visa', words: 'Succeeds' }),
  row({ number: '5555555555554444', token: 'pm_card_mastercard', words: 'Succeeds (Mastercard)', brand: 'mastercard' }),
  row({ number: '378282246310005', token: 'pm_card_amex', words: 'Succeeds (American Express)', brand: 'amex' }),
  row({
    number: '4000000000000077',
    token: 'pm_card_bypassPending',
    words: 'Succeeds; available in the balance at once',
    isAvailableAtOnce: true,
  }),
  row({
    number: '4000002500003155',
    token: 'pm_card_authenticationRequiredOnSetup',
    words: 'Asks for 3D Secure until it is set up for later',
    authentication: 'unless set up',
    country: 'FR',
  }),
  row({
    number: '4000002760003184',
    token: 'pm_card_authenticationRequired',
    words: 'Asks for 3D Secure at every payment',
    authentication: 'always',
    country: 'DE',
  }),
  row({
    number: '4000000000000002',
    token: 'pm_card_chargeDeclined',
    words: 'Declined',
    decline: declined('generic_decline'),
  }),
  row({
    number: '4000000000009995',
    token: 'pm_card_chargeDeclinedInsufficientFunds',
    words: 'Declined: insufficient funds',
    decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
  }),
  row({
    number: '4000000000000069',
    token: 'pm_card_chargeDeclinedExpiredCard',
    words: 'Declined: expired',
    decline: declined('expired_card', 'Your card has expired.', 'expired_card'),
  }),
  row({
    number: '4000000000000127',
    token: 'pm_card_chargeDeclinedIncorrectCvc',
    words: 'Declined: wrong CVC',
    decline: declined('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc'),
  }),
  row({
    number: '4000000000000341',
    token: 'pm_card_chargeCustomerFail',
    words: 'Can be saved; declined when it is charged',
    decline: declined('generic_decline'),
    declinesOnlyWhenKept: true,
  }),
  row({
    number: '4000000000000259',
    token: 'pm_card_createDispute',
    words: 'Succeeds, then disputed as fraud',
    dispute: { reason: 'fraudulent', networkReasonCode: '10.4' },
  }),
  row({
    number: '4000000000002685',
    token: 'pm_card_createDisputeProductNotReceived',
    words: 'Succeeds, then disputed: not received',
    dispute: { reason: 'product_not_received', networkReasonCode: '13.1' },
  }),
  row({
    number: '4000000000001976',
    token: 'pm_card_createDisputeInquiry',
    words: 'Succeeds, then the bank asks (an inquiry: no money is taken)',
    dispute: { reason: 'fraudulent', networkReasonCode: '10.4', isInquiry: true },
  }),
  row({
    number: '4000000000007726',
    token: 'pm_card_pendingRefund',
    words: 'Succeeds; a refund takes a while',
    refund: 'takes a while',
  }),
  row({
    number: '4000000000005126',
    token: 'pm_card_refundFail',
    words: 'Succeeds; a refund fails later',
    refund: 'fails later',
  }),
]

/** Names that Stripe has for the same ready-made methods. */
const otherTokens: Readonly<Record<string, string>> = {
  pm_card_visa_chargeDeclined: 'pm_card_chargeDeclined',
  pm_card_visa_chargeDeclinedInsufficientFunds: 'pm_card_chargeDeclinedInsufficientFunds',
  pm_card_threeDSecure2Required: 'pm_card_authenticationRequired',
}

export const cardByToken = (token: string): TestCard | undefined =>
  testCards.find((card) => card.token === (otherTokens[token] ?? token))

export const cardByNumber = (number: string): TestCard | undefined => testCards.find((card) => card.number === number)
