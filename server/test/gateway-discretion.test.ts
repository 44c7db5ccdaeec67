/** What providers write of a request may quote it: the caller reads it, and nobody keeps it. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { startCollector } from './support/otlp-collector.ts'
import { eventually } from './support/eventually.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const collector = await startCollector({ after })
const stage = await openStage({ after }, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
await stage.addModel({
  id: 'm',
  prices: { input: '1', output: '1' },
  offers: [{ providerId, upstreamModel: 'normal' }],
})
const customer = await stage.addCustomer('1000000')

const secret = 'THE-PATIENT-IS-CALLED-ADA'
const error = {
  message: `Invalid value: '${secret}'`,
  ...{ type: 'invalid_request_error', code: 'invalid_value', param: 'messages[0].content' },
}
const answering = (status: number, body: object): Behaviour => ({
  status,
  deliver: () => [Buffer.from(JSON.stringify(body))],
})
const inStream: Behaviour = { deliver: (frames) => [frames[0]!, Buffer.from(`data: ${JSON.stringify({ error })}\n\n`)] }
const asWords = { ...error, type: `no type: ${secret}`, code: `no code: ${secret}`, param: `no param: ${secret}` }

const cases: readonly (readonly [what: string, Behaviour, stream: boolean, status: number, note: string])[] = [
  [
    'a refusal',
    answering(400, { error }),
    false,
    400,
    'status 400, code invalid_value, type invalid_request_error, param messages[0].content',
  ],
  ['a refusal of a stream', answering(422, { error: asWords }), true, 422, 'status 422'],
  [
    'a failure',
    answering(500, { error }),
    false,
    500,
    'status 500, code invalid_value, type invalid_request_error, param messages[0].content',
  ],
  ['a failure in other words', answering(503, { detail: secret }), true, 503, 'status 503'],
  [
    'an error amid a stream',
    inStream,
    true,
    200,
    'an error object, code invalid_value, type invalid_request_error, param messages[0].content',
  ],
]

const generations: string[] = []

for (const [what, behaviour, stream, status, note] of cases) {
  test(
    `of ${what} that quotes the prompt the receipt keeps code, type and param, and none of its words`,
    { timeout },
    async () => {
      mock.enqueue(behaviour)
      const answer = await customer.chat({ model: 'm', stream, messages: [{ role: 'user', content: secret }] })
      generations.push(answer.generation)
      if (status === 400) equal(at(answer.json, 'error.message'), error.message)
      const receipt = await customer.receipt(answer)
      ok(!JSON.stringify(receipt).includes(secret))
      const { rows } = await stage.database.pool.query<{ attempt: object }>(
        `select detail->'attempts'->0 as attempt from charge where detail->>'request_id' = $1`,
        [answer.headers.get('x-request-id')],
      )
      deepEqual([at(rows[0]!.attempt, 'status'), at(rows[0]!.attempt, 'note')], [status, note])
    },
  )
}

test('nothing of it is in any table, log line or span', { timeout }, async () => {
  await eventually('the spans have come', () => generations.every((id) => collector.text().includes(id)))
  ok(!collector.text().includes(secret))
  ok(!stage.server().output().includes(secret))
  const { pool } = stage.database
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  ok(tables.length > 10)
  for (const { name } of tables) {
    const { rowCount } = await pool.query(`select from ${name} as line where line::text like '%${secret}%'`)
    equal(rowCount, 0, name)
  }
  await stage.reconcile()
})
