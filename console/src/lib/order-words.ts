type OrderState =
  | 'created'
  | 'pending'
  | 'paid'
  | 'credited'
  | 'expired'
  | 'failed'
  | 'underpaid'
  | 'overpaid'
  | 'late'
  | 'refunded'
  | 'disputed'
  | 'reversed'

type Tone = 'good' | 'warn' | 'bad' | 'neutral'
type OrderWords = { readonly words: string; readonly tone: Tone; readonly why: string }

/** What the states of a payment are called, and what each means for who pays. */
export const orderWords = {
  created: { words: 'Not paid yet', tone: 'neutral', why: 'Nothing was paid, and nothing is owed.' },
  pending: { words: 'Under way', tone: 'warn', why: 'The payment was begun. The credits come in when it is final.' },
  paid: { words: 'Paid', tone: 'good', why: 'The money is here. The credits follow at once.' },
  credited: { words: 'Credited', tone: 'good', why: 'The credits are in the balance.' },
  expired: { words: 'Expired', tone: 'neutral', why: 'Nothing was paid in time, so nothing was charged.' },
  failed: { words: 'Failed', tone: 'bad', why: 'The payment did not go through. Nothing was charged.' },
  underpaid: { words: 'Paid too little', tone: 'warn', why: 'Less came than was asked for.' },
  overpaid: { words: 'Paid too much', tone: 'warn', why: 'More came than was asked for.' },
  late: { words: 'Paid late', tone: 'warn', why: 'The money came after the time for it was over.' },
  refunded: { words: 'Refunded', tone: 'neutral', why: 'The money went back, and the credits with it.' },
  disputed: { words: 'Disputed', tone: 'bad', why: 'The bank of the card took the money back until it has decided.' },
  reversed: { words: 'Reversed', tone: 'bad', why: 'The network undid the payment after it was credited.' },
} as const satisfies Record<OrderState, OrderWords>

/** What of an order says how it stands. */
export type Standing = {
  readonly state: OrderState
  readonly review: string | null
  readonly received_usd: string
  readonly taken: string | null
}

/** The same of one payment: money that is here reads otherwise while, or after, the operator decides about it. */
export function wordsOfOrder({ state, review, received_usd: received, taken }: Standing): OrderWords {
  const isHere = Number(received) > 0 || taken !== null
  if (state === 'paid' && review !== null)
    return { words: 'Being checked', tone: 'warn', why: 'The money is here. The operator decides what becomes of it.' }
  if (state === 'failed' && isHere)
    return { words: 'Not credited', tone: 'neutral', why: 'Money came, and the operator decided not to credit it.' }
  return orderWords[state]
}

/** Whether something may still happen without anybody's doing. */
export const isUnderWay = (state: OrderState): boolean => state === 'created' || state === 'pending' || state === 'paid'

export const railWords = { card: 'Card', crypto: 'Crypto', x402: 'x402' } as const
