import type { Schemas } from '../../api/schema.ts'

export type Movement = Schemas['Movement']

/** What the kinds of movements are called; the ledger may come to know others. */
export const kindWords: Readonly<Record<string, string>> = {
  usage: 'Call',
  grant: 'Grant',
  correction: 'Taken back',
  expiry: 'Expired',
  purchase: 'Bought',
  refund: 'Refunded',
  dispute: 'Disputed',
  reversal: 'Reversed',
  restoration: 'Given back',
}

export const kindOf = (kind: string): string => kindWords[kind] ?? kind

/** What a state of something that came in means. */
export const topUpWords = {
  completed: { words: 'Completed', tone: 'good', why: 'All of it can be spent, or was.' },
  partly_taken_back: {
    words: 'Partly taken back',
    tone: 'warn',
    why: 'A part of it was taken back: refunded, disputed, or corrected.',
  },
  taken_back: { words: 'Taken back', tone: 'bad', why: 'All of it was taken back: refunded, disputed, or corrected.' },
  expired: { words: 'Expired', tone: 'neutral', why: 'A part of it was not used in time.' },
} as const

export const lotWords = { purchased: 'Bought', granted: 'Granted', earned: 'Earned' } as const

/** What the operator types to give an account credits. */
export const grantCommand = (accountId: string): string =>
  [
    `curl '${window.location.origin}/api/v1/accounts/${accountId}/grants' \\`,
    `  -H "Authorization: Bearer $REDPILL_OPERATOR_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"credits": "10000000", "reason": "Paid by transfer"}'`,
  ].join('\n')
