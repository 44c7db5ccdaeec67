export type Tone = 'good' | 'warn' | 'bad' | 'neutral'
export type Words = { readonly words: string; readonly tone: Tone; readonly why?: string }

/** What the end of a call is told by. */
type Ended = {
  readonly state: 'running' | 'ok' | 'aborted' | 'failed' | 'interrupted'
  readonly status: number | null
  readonly cached: boolean
  readonly cut_by: string | null
  readonly undelivered: boolean
  readonly cancelled_on_request: boolean
  readonly finish_reason: string | null
  readonly error: { readonly message: string } | null
}

/** How a call ended, in words; `why` says what that means where the words do not. */
export function statusOf(call: Ended): Words {
  switch (call.state) {
    case 'running':
      return { words: 'Running', tone: 'neutral' }
    case 'aborted':
      return call.cancelled_on_request
        ? { words: 'Cancelled', tone: 'neutral', why: 'It was cancelled on request; what was delivered is charged.' }
        : { words: 'Caller hung up', tone: 'neutral', why: 'The caller left; what was delivered is charged.' }
    case 'interrupted':
      return {
        words: 'Interrupted',
        tone: 'bad',
        why: 'The gateway that ran it stopped; what is known to be delivered is charged.',
      }
    case 'failed':
      return { words: failureWords(call.status), tone: 'bad', ...(call.error && { why: call.error.message }) }
    case 'ok':
      return answeredWords(call)
  }
}

function answeredWords({ cut_by, undelivered, cached, finish_reason }: Ended): Words {
  if (cut_by === 'credits')
    return { words: 'Cut: credits ran out', tone: 'warn', why: 'The answer ended early, when no more could be held.' }
  if (undelivered)
    return { words: 'Not delivered', tone: 'warn', why: 'It was answered and charged; its caller had left by then.' }
  if (cached) return { words: 'From the cache', tone: 'good', why: 'The answer of an earlier call, for nothing.' }
  if (finish_reason === 'length')
    return { words: 'Cut at its limit', tone: 'good', why: 'The answer is as long as it was allowed to be.' }
  return { words: 'Answered', tone: 'good' }
}

const failures: Readonly<Record<number, string>> = {
  400: 'Request refused',
  402: 'Out of credits',
  403: 'Not allowed',
  404: 'Not found',
  408: 'Timed out',
  413: 'Too large',
  429: 'Rate-limited',
  500: 'Failed inside',
  502: 'Provider failed',
  503: 'Nobody to answer',
  504: 'Provider too slow',
}

/** What a status of failure means, in two or three words. */
export const failureWords = (status: number | null): string =>
  status === null ? 'Failed' : (failures[status] ?? `Failed, status ${status}`)

/** What became of one try, as the rest of a sentence that begins with the provider. */
export function outcomeOf({ outcome, status }: { readonly outcome: string; readonly status: number | null }): Words {
  if (outcome === 'status') return { words: statusWords(status), tone: 'bad' }
  const known = outcomes[outcome]
  return known ?? { words: outcome, tone: 'neutral' }
}

const outcomes: Readonly<Record<string, Words>> = {
  answered: { words: 'answered', tone: 'good' },
  stopped: { words: 'was stopped, for the call had ended', tone: 'neutral' },
  outrun: { words: 'was cancelled, for another was quicker', tone: 'neutral' },
  connect: { words: 'could not be reached', tone: 'bad' },
  timeout: { words: 'was silent for too long', tone: 'bad' },
  reset: { words: 'broke off the connection', tone: 'bad' },
  protocol: { words: 'did not answer in HTTP', tone: 'bad' },
  'refused-address': { words: 'has an address that is not allowed', tone: 'bad' },
  malformed: { words: 'answered what makes no sense', tone: 'bad' },
  'too-large': { words: 'answered more than is taken', tone: 'bad' },
  incapable: { words: 'does not take the whole request', tone: 'warn' },
}

function statusWords(status: number | null): string {
  switch (status) {
    case 200:
      return 'answered with an error inside'
    case 401:
    case 403:
      return `refused the key (${status})`
    case 402:
      return 'has no credit left with it (402)'
    case 404:
      return 'does not know the model (404)'
    case 400:
    case 413:
    case 422:
      return `found the request at fault (${status})`
    case 429:
      return 'was at its rate limit (429)'
    default:
      return status === null ? 'failed' : `failed with status ${status}`
  }
}

const classNames: Readonly<Record<string, string>> = {
  input: 'Input',
  cached_input: 'Cached input',
  cache_write: 'Cache write',
  audio_input: 'Audio input',
  output: 'Output',
  reasoning: 'Reasoning',
  audio_output: 'Audio output',
  image: 'Images',
  request: 'Request',
}

/** A price class as people call it. */
export const className = (unitClass: string): string =>
  classNames[unitClass] ?? unitClass.charAt(0).toUpperCase() + unitClass.slice(1).replaceAll('_', ' ')
