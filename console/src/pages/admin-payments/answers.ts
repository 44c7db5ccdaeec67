import type { Choice } from '../../ui/choices.tsx'
import type { Question } from './waiting.ts'

/** What can be said to a question, and what the button and the message say of it. */
export type Answer = Choice<Question['actions'][number]> & {
  readonly submit: string
  readonly done: string
  /** Why it cannot be chosen, where it is not among the question's actions. */
  readonly reason?: string | undefined
}

export const questionWords = {
  money: { waits: 'Money that waits', button: 'Decide about the money', title: 'Decide about the money' },
  refund: { waits: 'A refund that waits', button: 'Decide about the refund', title: 'Decide about the refund' },
} as const

const ofMoney: readonly Answer[] = [
  {
    value: 'credit',
    label: 'Credit it',
    submit: 'Credit it',
    detail: 'The account gets it, less the fee where nothing was credited yet.',
    done: 'Credited.',
  },
  {
    value: 'refund',
    label: 'It was sent back',
    submit: 'Mark as sent back',
    detail: 'You have sent the money back yourself; nothing of it is credited.',
    done: 'Marked as sent back.',
  },
  {
    value: 'reject',
    label: 'Neither',
    submit: 'Close it',
    detail: 'Nothing more is credited and nothing goes back; what was credited stays.',
    done: 'Closed.',
  },
]

const ofRefund: readonly Answer[] = [
  {
    value: 'refund',
    label: 'It was sent',
    submit: 'Mark as sent',
    detail: 'You have sent it yourself. A refund in tokens is found on the chain without that.',
    done: 'Marked as sent.',
  },
  {
    value: 'reject',
    label: 'It will not be sent',
    submit: 'Refuse the refund',
    detail: 'Its credits come back to the account.',
    done: 'Refused; its credits are back.',
  },
]

/** The answers to a question. What would be refused stays in its place and says why. */
export function answersOf({ about, actions, waiting_usd: waiting }: Question): readonly Answer[] {
  const why = Number(waiting) === 0 ? 'No money waits.' : 'What came does not cover the fee.'
  return (about === 'money' ? ofMoney : ofRefund).map((answer) =>
    actions.includes(answer.value) ? answer : { ...answer, reason: why },
  )
}
