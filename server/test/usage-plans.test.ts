import { ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestApi } from '../src/api/test/harness.ts'
import { sumUpUsage } from '../src/credits/index.ts'
import type { TestDatabase } from './support/database.ts'
import { growUsage } from './support/usage-growth.ts'
import { questionsOf } from './support/usage-questions.ts'

const calls = 20_000

/** What only receipts tell is bounded by how many are looked at; the tests of searches and series say so. */
const searches =
  /errors|finish reason|by label|rare trait|histogram|by user|of the busiest key, dear|by minute|figures of|preview/

/** Whatever sums tell reads the receipts of the few hours that an edge cuts, and a few pages of each week in which none is new. */
const readMost = 6_000
/** Where each of 90 days ends within an hour: one hour of receipts for each. */
const cutMost = 10_000

test('what pages ask of sums and pages of lists reads few receipts, however many an account has', async (t) => {
  const api = await openTestApi({ after })
  const version = await api.database.pool.query<{ number: number }>(
    "select current_setting('server_version_num')::integer as number",
  )
  if (version.rows[0]!.number < 180_000) return t.skip('calls of the past are written with uuidv7(), of PostgreSQL 18')
  const grown = await growUsage(api.database, {
    calls,
    smallCalls: 4_000,
    smallAccounts: 50,
    secrets: api.options.secrets,
  })
  await sumUpUsage(api.db)
  await api.database.pool.query('vacuum (analyze)')
  await api.catalog.refresh()
  const reads = recordReads(api.database)
  const asks = { 'the account': api.as(grown.secret), 'the operator': api.operator.ask }
  for (const [name, { by, path, body }] of Object.entries(questionsOf(grown, Date.now()))) {
    if (searches.test(name)) continue
    reads.start()
    const reply = await (body ? asks[by]('POST', path, { body }) : asks[by]('GET', path))
    ok(reply.status === 200, `${name}: ${JSON.stringify(reply.body)}`)
    const read = await reads.receipts()
    const most = name.includes('Kathmandu') ? cutMost : readMost
    t.diagnostic(`${name}: ${read} receipts`)
    ok(read <= most, `${name} reads ${read} receipts of ${calls}, at most ${most} were expected`)
  }
})

type Statement = { readonly text: string; readonly values: unknown[] }
type Plan = { readonly [name: string]: unknown; readonly Plans?: readonly Plan[] }

/** Notes the statements of a pool, and tells from their plans how many receipts they go through. */
function recordReads({ pool }: TestDatabase) {
  let noted: Statement[] = []
  const noting = new WeakSet<object>()
  const connect = pool.connect.bind(pool)
  const connectAndNote = async () => {
    const client = await connect()
    if (noting.has(client)) return client
    noting.add(client)
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    return Object.assign(client, {
      query(...given: unknown[]) {
        const [text, values = []] = given
        if (typeof text === 'string' && /^\s*(?:select|with|\()/.test(text))
          noted.push({ text, values: values as unknown[] })
        return query(...given)
      },
    })
  }
  // The pool's own `query` connects with a callback, and needs no noting.
  Object.assign(pool, { connect: (done?: never) => (done ? connect(done) : connectAndNote()) })
  return {
    start: () => void (noted = []),
    async receipts(): Promise<number> {
      const statements = noted
      let read = 0
      for (const { text, values } of statements) {
        const { rows } = await pool.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `explain (analyze, format json) ${text}`,
          values,
        )
        read += receiptsIn(rows[0]!['QUERY PLAN'][0]!.Plan)
      }
      noted = []
      return read
    },
  }
}

function receiptsIn(plan: Plan): number {
  const below = (plan.Plans ?? []).reduce((sum, each) => sum + receiptsIn(each), 0)
  if (!JSON.stringify(plan['Relation Name'] ?? '').startsWith('"charge_2')) return below
  const perLoop = ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck']
  const rows = perLoop.reduce((sum, name) => sum + Number(plan[name] ?? 0), 0)
  return below + rows * Number(plan['Actual Loops'])
}
