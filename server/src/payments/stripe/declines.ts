export type Decline = {
  /**
   * `authentication`: the bank wants the payer to be there; `passing`: the same card may do later; `refused`: Stripe would
   * not even ask the bank.
   */
  readonly kind: 'authentication' | 'passing' | 'declined' | 'refused'
  /** A sentence for the payer. */
  readonly words: string
}

/** Codes of docs.stripe.com/declines/codes whose cause goes away by itself. */
const passing = new Set([
  'approve_with_id',
  'issuer_not_available',
  'processing_error',
  'reenter_transaction',
  'try_again_later',
])

const words: Readonly<Record<string, string>> = {
  expired_card: 'The card has expired.',
  incorrect_cvc: 'The security code of the card is wrong.',
  incorrect_number: 'The number of the card is wrong.',
  insufficient_funds: 'The card has not enough money on it.',
  card_velocity_exceeded: 'The card has reached a limit of its bank.',
  withdrawal_count_limit_exceeded: 'The card has reached a limit of its bank.',
  card_not_supported: 'The card cannot be used for this kind of payment.',
  currency_not_supported: 'The card cannot pay in US dollars.',
}

export type DeclineCodes = { readonly code?: string | undefined; readonly decline_code?: string | undefined }

/** What a bank's no means. Reasons that would help a thief are not told. */
export function declineOf({ code, decline_code: declineCode }: DeclineCodes): Decline {
  if (code === 'authentication_required' || declineCode === 'authentication_required')
    return { kind: 'authentication', words: 'The bank of the card wants the payment to be confirmed by its holder.' }
  const reason = declineCode ?? code ?? ''
  if (passing.has(reason) || (code !== undefined && passing.has(code)))
    return { kind: 'passing', words: 'The bank of the card could not be reached, or asked to try again later.' }
  return { kind: 'declined', words: words[reason] ?? words[code ?? ''] ?? 'The card was declined by its bank.' }
}
