import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { testDatabase } from '../../server/test/support/database.ts'
import { temporaryFolder } from '../../server/test/support/scratch.ts'
import { skewOf } from './doctor/clock.ts'
import { redpill, startRedpill } from './test/redpill.ts'
import { startServer } from './test/server.ts'

// One scope: the server goes before its database.
const file = { after }
const database = await testDatabase(file)
const server = await startServer(file, { REDPILL_DATABASE_URL: database.url })
const options = { environment: { REDPILL_DATA: server.dataDirectory } }

type Checks = { readonly ok: boolean; readonly checks: readonly { name: string; state: string; detail: string }[] }

async function doctor(): Promise<Checks & { readonly code: number }> {
  const { code, stdout } = await redpill(['doctor', '--json'], options)
  return { code, ...(JSON.parse(stdout) as Checks) }
}

test('doctor finds nothing wrong with a server that works', async () => {
  const { code, ok, checks } = await doctor()
  assert.deepEqual(
    checks.filter(({ state }) => state !== 'ok' && state !== 'warn'),
    [],
  )
  assert.deepEqual([code, ok], [0, true])
  const names = ['Node.js', 'dependencies', 'data directory', 'disk', 'secret', 'server', 'database', 'clock']
  const more = ['key for models', "operator's key", 'schema', 'database clock', 'providers', 'prices', 'ledger']
  assert.deepEqual(
    checks.map(({ name }) => name),
    [...names, ...more],
  )
})

test('doctor names a provider that does not answer and a model without a price', async () => {
  const add = await redpill(
    ['providers', 'add', 'gone', '--base-url', 'http://127.0.0.1:9/v1', '--allow-private'],
    options,
  )
  assert.equal(add.code, 0, add.stderr)
  const offer = await redpill(['offers', 'add', 'gone', 'big', '--as', 'gone/big'], options)
  assert.equal(offer.code, 0, offer.stderr)
  const { code, checks } = await doctor()
  assert.equal(code, 1)
  const found = (name: string) => checks.find((check) => check.name === name)
  assert.equal(found('providers')?.state, 'fail')
  assert.match(found('providers')?.detail ?? '', /^gone: /)
  assert.equal(found('prices')?.state, 'warn')
  assert.match(found('prices')?.detail ?? '', /gone\/big/)
})

test('reconcile ends with 0 while the ledger is right, and with 1 and the name of what broke when it is not', async () => {
  const right = await redpill(['reconcile'], options)
  assert.equal(right.code, 0, right.stderr)
  assert.match(right.stdout, /^I1 +ok +All debits equal all credits\./m)
  await database.pool.query("update ledger_account set credits_posted = credits_posted + 2 where kind = 'customer'")
  const wrong = await redpill(['reconcile'], options)
  assert.equal(wrong.code, 1)
  assert.match(wrong.stdout, /^I2 +BROKEN /m)
  assert.match(wrong.stderr, /^redpill: The ledger is wrong: .*I2.*\n$/)
  const { checks } = await doctor()
  assert.equal(checks.find(({ name }) => name === 'ledger')?.state, 'fail')
})

test('serve is the server itself: Ctrl-C stops it cleanly, and its exit code is the exit code', async (t) => {
  const folder = await temporaryFolder(t)
  const environment = {
    REDPILL_DATA: folder,
    REDPILL_DATABASE_URL: database.url,
    REDPILL_PORT: '0',
    REDPILL_DISCOVER: 'off',
  }
  const running = startRedpill(t, ['serve'], { environment })
  await running.printed('/v1\n')
  // Whoever answers a request has also begun to listen for signals.
  const url = /RedPill answers at (\S+)\/v1/.exec(running.output.stdout)?.[1]
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  running.child.kill('SIGINT')
  const [code] = (await once(running.child, 'exit')) as [number | null]
  assert.equal(code, 0)
  const wrong = await redpill(['serve'], { environment: { ...environment, REDPILL_PORT: 'many' } })
  assert.equal(wrong.code, 2)
})

test('the clocks of two machines are compared to what can be told of them', () => {
  const theirsMs = Date.parse('2026-03-01T12:00:00Z')
  const skew = (resolutionMs: number, beforeMs: number, afterMs: number) =>
    skewOf({ theirsMs, resolutionMs, beforeMs: theirsMs + beforeMs, afterMs: theirsMs + afterMs })
  assert.equal(skew(1_000, 0, 5), 0)
  assert.equal(skew(1_000, 999, 1_004), 0, 'a Date header was cut to its second')
  assert.equal(skew(1_000, 61_000, 61_005), -60_000)
  assert.equal(skew(1_000, -60_005, -60_000), 60_000)
  assert.equal(skew(1, 101, 105), -100)
})
