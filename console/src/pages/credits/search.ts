import { rangeShape } from '../../lib/call-search.ts'
import { oneOf, searchShape, text } from '../../lib/search.ts'

/** What the page of credits keeps in its address: the part that is seen, and the filters of the ledger. */
export const creditsSearch = searchShape({
  ...rangeShape,
  part: oneOf('ledger', 'holds', 'lots', 'came-in', 'payments', 'auto-top-up', 'statements'),
  kind: text,
  direction: oneOf('in', 'out'),
  /** The sequence of the movement that is open. */
  movement: text,
  /** The payment that is open. */
  payment: text,
})
