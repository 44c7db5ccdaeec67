import type { KeyFailure } from '../../api/by-key.ts'
import { formatCredits, parseCredits } from '../../lib/money.ts'

/** What went wrong and what to do, for people. `step`: where it can be mended. */
export type PlainWords = {
  readonly what: string
  readonly todo?: string
  readonly step?: 'credits' | 'key' | 'parameters' | 'models'
}

const amount = (value: unknown): string => {
  const credits = typeof value === 'string' ? parseCredits(value) : undefined
  return credits === undefined ? 'some' : formatCredits(credits)
}

/** An error of a call in plain words; what is not known here is told as the server said it. */
export function plainWords({ code, message, metadata, retryAfterSeconds }: KeyFailure): PlainWords {
  switch (code) {
    case 'insufficient_credits':
      return outOfCredits(metadata)
    case 'rate_limit_exceeded': {
      const when = retryAfterSeconds === undefined ? 'in a moment' : `in ${retryAfterSeconds} s`
      return { what: 'Too many calls in a short time.', todo: `${message} Try again ${when}.` }
    }
    case 'invalid_api_key':
      return { what: 'The key does not work any more.', todo: `${message} Choose another one above.`, step: 'key' }
    case 'account_frozen':
      return { what: 'The account is frozen.', todo: 'Only the operator can unfreeze it.' }
    case 'model_not_found':
      return { what: 'There is no such model.', todo: 'Choose one from the list.', step: 'models' }
    case 'model_unpriced':
      return { what: 'The model has no price for this, so it is not called.', todo: 'The operator has to set one.' }
    case 'no_allowed_provider':
    case 'no_offer_available':
      return { what: 'Nobody can serve this model now.', todo: message }
    case 'upstream_error':
    case 'upstream_timeout':
      return { what: 'The provider did not answer.', todo: `${message} Nothing that was not delivered is charged.` }
    case 'unreachable':
      return { what: message, todo: 'Check the connection and try again.' }
    default:
      return { what: message }
  }
}

function outOfCredits(metadata: KeyFailure['metadata']): PlainWords {
  const what = `This call may cost up to ${amount(metadata['needed_credits'])} credits, and ${amount(metadata['available_credits'])} are there.`
  switch (metadata['limit']) {
    case 'key':
      return { what, todo: "The key's own limit is used up: renew the key with a higher one.", step: 'key' }
    case 'call':
      return { what, todo: 'The key has a cap for each call: ask for fewer tokens.', step: 'parameters' }
    default:
      return { what, todo: 'Add credits to the account, or ask for fewer tokens.', step: 'credits' }
  }
}
