/** What the pages of the console ask for, as they ask it. */
import { generationId } from '../../src/core/ids.ts'
import type { GrownUsage } from './usage-growth.ts'

/** `by`: whose key asks. What has a body is posted. */
export type Question = {
  readonly path: string
  readonly by: 'the account' | 'the operator'
  readonly body?: Readonly<Record<string, unknown>>
}

const dayMs = 86_400_000

/** By what is asked. */
export function questionsOf(grown: GrownUsage, nowMs: number): Readonly<Record<string, Question>> {
  const ofAccount = Object.entries(pathsOf(grown, nowMs)).map(([name, path]) => [name, { path, by: 'the account' }])
  return { ...(Object.fromEntries(ofAccount) as Record<string, Question>), ...operatorQuestions(grown) }
}

function operatorQuestions({ big, busiestModel }: GrownUsage): Record<string, Question> {
  const by = 'the operator'
  return {
    'accounts of the operator': { by, path: '/api/v1/accounts?limit=50' },
    'accounts of the operator, by a part of the name': { by, path: '/api/v1/accounts?limit=50&q=Small%201' },
    'figures of providers': { by, path: '/api/v1/providers/figures' },
    'preview of a price': {
      ...{ by, path: '/api/v1/prices/preview' },
      body: { model_id: busiestModel, prices: { input: '0.6' } },
    },
    'audit log of the server': { by, path: '/api/v1/audit?limit=50' },
    'audit log of the server, of one account': { by, path: `/api/v1/audit?limit=50&account_id=${big}` },
  }
}

/** What members of an account ask of it. */
function pathsOf({ big, busiestKey, quietKey, call }: GrownUsage, nowMs: number): Readonly<Record<string, string>> {
  const ago = (days: number) => new Date(Math.floor(nowMs / dayMs) * dayMs - days * dayMs).toISOString()
  const series = (query: string) => `/api/v1/usage/series?${query}`
  const calls = (query: string) => `/api/v1/generations?${query}`
  const all = `from=${ago(89)}`
  return {
    'one receipt': `/api/v1/generation?id=${generationId(call)}`,
    'calls, newest page': calls('limit=50'),
    'calls, errors': calls('status=error'),
    'calls, errors of a time long ago': calls(`status=error&from=${ago(60)}&to=${ago(50)}`),
    'calls, a finish reason that never was': calls('finish_reason=nothing'),
    'calls of a quiet key': calls(`key_id=${quietKey}`),
    'calls of the busiest key, dear ones': calls(`key_id=${busiestKey}&min_credits=100`),
    'calls by label': calls('user=user-150'),
    'calls, the 20th page of 200': calls('limit=200'),
    'histogram, a day': '/api/v1/generations/histogram?bars=60',
    'histogram, 90 days': `/api/v1/generations/histogram?${all}`,
    'histogram, 90 days, a rare trait': `/api/v1/generations/histogram?${all}&finish_reason=nothing`,
    'spend by model, 30 days': series('group=model'),
    'spend by model, 90 days, with the 90 before': series(`group=model&${all}&compare=true`),
    'spend by key, 90 days': series(`group=key&${all}`),
    'spend by key and model, 90 days': series(`group=key&subgroup=model&${all}`),
    'spend by key, 90 days of Kathmandu': series(`group=key&${all}&zone=Asia/Kathmandu`),
    'spend by provider and model by hour, 30 days': series(`group=provider&subgroup=model&bucket=hour&from=${ago(29)}`),
    'spend of the busiest key by model, 90 days': series(`key_id=${busiestKey}&group=model&${all}`),
    'errors by provider, 90 days': series(`metric=errors&group=provider&${all}`),
    'p95 of first tokens by provider, 90 days': series(`metric=first_token_p95&group=provider&${all}`),
    'p99 of durations by key, 90 days': series(`metric=duration_p99&group=key&${all}`),
    'tokens per second by model, 90 days': series(`metric=tokens_per_second&group=model&${all}`),
    'calls by minute, 6 hours': series(
      `metric=calls&bucket=minute&from=${new Date(nowMs - 6 * 3_600_000).toISOString()}`,
    ),
    'spend by user, 30 days': series('group=user'),
    overview: '/api/v1/overview?zone=Europe/Berlin',
    'what last month would have cost': '/api/v1/usage/what-if?model_id=acme/a',
    'the account': `/api/v1/accounts/${big}`,
    'ledger, newest page': `/api/v1/accounts/${big}/ledger`,
    'ledger, a month of grants': `/api/v1/accounts/${big}/ledger?kind=grant&from=${ago(60)}&to=${ago(30)}`,
    'ledger, usage of a time long ago': `/api/v1/accounts/${big}/ledger?kind=usage&from=${ago(60)}&to=${ago(59)}`,
    'statement of this month': `/api/v1/accounts/${big}/statements/${new Date(nowMs).toISOString().slice(0, 7)}`,
    'statement of the month before': `/api/v1/accounts/${big}/statements/${ago(32).slice(0, 7)}`,
    holds: `/api/v1/accounts/${big}/holds`,
    'top-ups': `/api/v1/accounts/${big}/top-ups`,
    lots: `/api/v1/accounts/${big}/lots`,
    'keys, first page': '/api/v1/keys?limit=50',
    'keys, 200': '/api/v1/keys?limit=200',
    'what is unusual of keys': '/api/v1/key-notices?limit=50',
    'audit log': `/api/v1/accounts/${big}/audit?limit=50`,
    'audit log, of a time long ago': `/api/v1/accounts/${big}/audit?limit=50&from=${ago(60)}&to=${ago(50)}`,
  }
}
