import { z } from '@hono/zod-openapi'
import { generationId } from '../../../core/ids.ts'
import { toCredits, toUsd } from '../../../core/money.ts'
import { keyNames } from '../../../accounts/index.ts'
import type { Charge, ChargeFilter } from '../../../credits/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { callFields, callsAsked } from '../../call-filter.ts'
import { type Cell, csvAnswer } from '../../csv.ts'
import { generationOf } from '../../generation.ts'
import { operation } from '../../operation.ts'
import { timeIn, zoneField } from '../../zone.ts'
import { allFound } from './list.ts'

export const generationsCsv = operation({
  id: 'exportGenerations',
  method: 'get',
  path: '/generations.csv',
  tag: 'Usage',
  summary: 'Export the receipts of calls as CSV, under the filters of the list, newest first',
  description: 'Streamed from the database, however many there are. The head names the zone of the times.',
  allowed: 'management',
  query: z.strictObject({ zone: zoneField, ...callFields }),
  answer: csvAnswer,
  run: ({ api, db, bearer, query }) => ({
    fileName: 'redpill-calls.csv',
    rows: rowsOf(db, callsAsked(bearer, query, api.clock.nowMs()), query.zone),
  }),
})

async function* rowsOf(db: Db, filter: ChargeFilter, zone: string): AsyncGenerator<readonly Cell[]> {
  yield ['id', `time (${zone})`, ...Object.keys(columns)]
  for await (const charges of allFound(db, filter)) {
    const names = await keyNames(
      db,
      charges.map(({ keyId }) => keyId),
    )
    for (const charge of charges) {
      const told = { charge, receipt: generationOf(charge, new Set()), key: names.get(charge.keyId)?.name }
      yield [
        generationId(charge.callId),
        timeIn(zone, charge.at),
        ...Object.values(columns).map((column) => column(told)),
      ]
    }
  }
}

type Told = {
  readonly charge: Charge
  readonly receipt: ReturnType<typeof generationOf>
  readonly key: string | undefined
}

const columns: Readonly<Record<string, (told: Told) => Cell>> = {
  account_id: ({ charge }) => charge.accountId,
  model_asked: ({ receipt }) => receipt.model_asked,
  model: ({ charge }) => charge.modelId,
  provider: ({ charge }) => charge.provider,
  key_id: ({ charge }) => charge.keyId,
  key_name: ({ key }) => key,
  kind: ({ receipt }) => receipt.kind,
  state: ({ charge }) => charge.state,
  status: ({ charge }) => charge.status,
  finish_reason: ({ receipt }) => receipt.finish_reason,
  streamed: ({ receipt }) => receipt.streamed,
  fallback: ({ receipt }) => receipt.fallback,
  tokens_prompt: ({ receipt }) => receipt.tokens_prompt,
  tokens_cached: ({ receipt }) => receipt.native_tokens_cached,
  tokens_completion: ({ receipt }) => receipt.tokens_completion,
  tokens_reasoning: ({ receipt }) => receipt.native_tokens_reasoning,
  credits: ({ charge }) => toCredits(charge.charged),
  usd: ({ charge }) => toUsd(charge.charged),
  first_token_ms: ({ charge }) => charge.firstByteMs,
  duration_ms: ({ charge }) => charge.durationMs,
  user: ({ receipt }) => receipt.external_user,
  session_id: ({ receipt }) => receipt.session_id,
  app: ({ receipt }) => receipt.app_title ?? receipt.http_referer,
  trace_id: ({ receipt }) => receipt.trace_id,
  request_id: ({ receipt }) => receipt.request_id,
}
