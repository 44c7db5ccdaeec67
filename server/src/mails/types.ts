/** What people are mailed of; each may be turned off by each of them. */
export const mailKinds = ['low_balance', 'payment_problem'] as const
export type MailKind = (typeof mailKinds)[number]
