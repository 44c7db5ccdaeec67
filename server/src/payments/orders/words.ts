import type { JsonObject } from '../../core/json.ts'
import { zero } from '../../core/money.ts'
import type { Order, TimelineEntry } from './types.ts'

type Told = Pick<TimelineEntry, 'kind' | 'state' | 'data'>
type Of = Pick<Order, 'rail' | 'amount'>

const textIn = (data: JsonObject, name: string): string => {
  const value = data[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
const amountIn = (data: JsonObject): string => `${textIn(data, 'amount_usd')} USD`

/** One line of a timeline as its payer reads it: in the words of its rail where that has given some. */
export function wordsOf({ kind, state, data }: Told, order: Of): string {
  const said = textIn(data, 'words')
  if (said !== '') return said
  switch (kind) {
    case 'created':
      return textIn(data, 'amount_usd') === '0' ? 'A payment without an order was noticed.' : 'The order was made.'
    case 'began':
      return order.rail === 'card' ? 'The payment page was opened.' : 'The price was agreed. Waiting for the money.'
    case 'seen':
      return seen(data)
    case 'received':
      return state === 'underpaid' ? tooLittle(order) : (receivedWords[state] ?? `${amountIn(data)} came.`)
    case 'credited':
      return `Credits worth ${amountIn(data)} were added.`
    case 'expired':
      return 'Nobody paid in time. If money was sent nevertheless, it will be noticed and dealt with.'
    case 'failed':
      return sentence('The payment failed', data)
    case 'cancelled':
      return 'The order was cancelled. Nothing was paid.'
    case 'review':
    case 'doubted':
      return sentence('The operator has to look at this payment', data)
    case 'cleared':
      return 'It is all there again: the operator need not look at it any more.'
    case 'resolved':
      return resolved(data)
    case 'reversed':
      return `The network took ${amountIn(data)} of this payment back.`
    default:
      return givenBack(kind, data)
  }
}

function seen(data: JsonObject): string {
  const [confirmations, needed] = [textIn(data, 'confirmations'), textIn(data, 'confirmations_needed')]
  if (confirmations !== '' && needed !== '') return `On the network: ${confirmations} of ${needed} confirmations.`
  return sentence('The payment is on its way', data)
}

const receivedWords: Readonly<Partial<Record<Told['state'], string>>> = {
  paid: 'The money came.',
  overpaid: 'More came than was agreed. What was agreed is credited; the operator decides about the rest.',
  late: 'The money came after the price had expired. The operator will decide.',
}

/** A price takes one payment, a card is charged once, and what is sent to an address again is another payment. */
function tooLittle({ rail, amount }: Of): string {
  if (amount === zero)
    return 'What came does not cover the fee. The operator will decide; what is sent from now on is a payment of its own.'
  return rail === 'card'
    ? 'Less came than was agreed. The operator will decide.'
    : 'Less came than was agreed. Send nothing more for it, since a price takes one payment: the operator will decide.'
}

function resolved(data: JsonObject): string {
  const note = textIn(data, 'note')
  const what = {
    credit: 'The operator had the money credited',
    refund: 'The operator sent the money back',
    reject: 'The operator decided not to credit the money',
  }[textIn(data, 'action')]
  return note === '' ? `${what}.` : `${what}: ${note}`
}

function givenBack(kind: string, data: JsonObject): string {
  switch (kind) {
    case 'refund_asked':
      return `A refund of ${amountIn(data)} was asked for.`
    case 'refund_by_hand':
      return 'The refund has to be sent by the operator.'
    case 'refund_refused':
      return sentence('The refund was refused; its credits came back', data)
    case 'refunded':
      return `Refunded so far: ${amountIn(data)}.`
    case 'refund_failed':
      return `A refund of ${amountIn(data)} failed; its credits came back.`
    case 'disputed':
      return `The cardholder's bank disputes ${amountIn(data)} of this payment.`
    case 'dispute_won':
      return 'The bank decided that the payment stands.'
    case 'dispute_lost':
      return 'The bank gave the money back to the cardholder.'
    case 'taken_back':
      return takenBack(data)
    case 'given_back':
      return `Credits worth ${amountIn(data)} came back.`
    default:
      return kind
  }
}

function takenBack(data: JsonObject): string {
  const owed = textIn(data, 'owed_usd')
  const taken = `Credits worth ${amountIn(data)} were taken back.`
  return owed === '' || owed === '0' ? taken : `${taken} ${owed} USD of them had been spent and are owed.`
}

const sentence = (what: string, data: JsonObject): string => {
  const reason = textIn(data, 'reason')
  return reason === '' ? `${what}.` : `${what}: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`
}
