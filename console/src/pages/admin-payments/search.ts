import { flag, oneOf, searchShape, text } from '../../lib/search.ts'

/** What the operator's page of payments keeps in its address. */
export const adminPaymentsSearch = searchShape({
  part: oneOf('review', 'all', 'to-send', 'codes', 'reconciliation'),
  state: oneOf(
    'created',
    'pending',
    'paid',
    'credited',
    'expired',
    'failed',
    'underpaid',
    'overpaid',
    'late',
    'refunded',
    'disputed',
    'reversed',
  ),
  payment: text,
  create: flag,
})
