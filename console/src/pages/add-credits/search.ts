import { flag, oneOf, searchShape, text } from '../../lib/search.ts'

/** What the page of adding credits keeps in its address: how much, by which way, and the payment that is under way. */
export const addCreditsSearch = searchShape({
  by: oneOf('card', 'crypto', 'code'),
  /** USD as typed. */
  amount: text,
  /** A saved card; absent: another one. */
  card: text,
  /** The card is kept for next time. */
  keep: flag,
  chain: text,
  token: text,
  way: oneOf('wallet', 'address'),
  payment: text,
})
