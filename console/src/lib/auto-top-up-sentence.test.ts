import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { autoTopUpProblem, autoTopUpSentence } from './auto-top-up-sentence.ts'
import { parseUsd } from './money.ts'

const usd = (text: string) => parseUsd(text)!
const limits = { min: usd('5'), max: usd('1000') }
const draft = { threshold: usd('5'), amount: usd('20'), total: usd('20.88'), ceiling: usd('100') }

test('what an auto top-up will do is read back, with how often the ceiling allows it', () => {
  equal(
    autoTopUpSentence(draft, 'Visa ending in 4242'),
    'When less than $5.00 is available, Visa ending in 4242 is charged $20.88 for $20.00 of credits: ' +
      'at most $100.00 in a calendar month (UTC), which is 4 times.',
  )
  match(autoTopUpSentence({ ...draft, ceiling: usd('41') }, 'it'), /which is once\.$/)
})

test('what would never buy anything, or less or more than is sold, is told before it is set', () => {
  equal(autoTopUpProblem(draft, limits), undefined)
  match(autoTopUpProblem({ ...draft, ceiling: undefined }, limits)!, /in a month/)
  match(autoTopUpProblem({ ...draft, threshold: 0n }, limits)!, /below which balance/)
  match(autoTopUpProblem({ ...draft, amount: undefined }, limits)!, /how much is bought/)
  match(autoTopUpProblem({ ...draft, amount: usd('4') }, limits)!, /At least \$5\.00/)
  match(autoTopUpProblem({ ...draft, amount: usd('1001') }, limits)!, /At most \$1,000\.00/)
  match(autoTopUpProblem({ ...draft, ceiling: usd('20') }, limits)!, /One purchase costs \$20\.88/)
})
