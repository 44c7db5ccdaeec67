import type { Decline } from '../cards.ts'
import { StripeFault } from '../protocol/faults.ts'

export const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

/** A refusal by the card's bank. */
export const cardError = ({ code, declineCode, message }: Decline, more: StripeFault['details'] = {}): StripeFault =>
  new StripeFault(402, 'card_error', message, { code, decline_code: declineCode, ...more })
