import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock as realClock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { fundedAccount, keyOf, makeId, offences, reserveOf, settleOf } from '../../../test/support/ledger-fixture.ts'
import { nanoUsd } from '../../core/money.ts'
import type { Uuid } from '../../core/ids.ts'
import { type BatchLane, openBatchLane, registerProcess, removeProcess } from '../../credits/index.ts'
import { openSecrets } from '../../platform/secrets.ts'
import { claimKey } from './claim.ts'
import { purgeIdempotentCalls } from './index.ts'
import { sealAnswer } from './recorded-answer.ts'
import { endClaim, findClaim, markAwaited, markHeld, replaceClaim } from './store.ts'

// Closed before the database, which waits for whoever uses it.
const users: BatchLane[] = []
after(() => Promise.all(users.map((user) => user.close())))
const database = await testDatabase({ after })
const { db } = database
const secrets = openSecrets('a secret that is long enough for a test', { bytes: (length) => randomBytes(length) })
const accountId = await fundedAccount(db, nanoUsd(1_000_000n))
const budgetKey = await keyOf(db, accountId)
const hourMs = 3_600_000

const processes: Uuid[] = []
async function process(): Promise<Uuid> {
  const id = makeId()
  await registerProcess(db, { id, host: 'a host', pid: 1 })
  processes.push(id)
  return id
}
const here = await process()
const lane = openBatchLane({ database, processId: here, clock: realClock })
users.push(lane)

const edgesAt = (laterMs: number, processId = here) => ({
  ...{ db, secrets, processId },
  clock: { ...realClock, nowMs: () => realClock.nowMs() + laterMs },
})
const edges = edgesAt(0)
const hashOf = (text: string) => createHash('sha256').update(text).digest()
let keys = 0
const newKey = () => ({ accountId, key: `key-${++keys}` })
const asking = (request = 'a request') => ({ callId: makeId(), requestHash: hashOf(request) })

/** A call that has claimed its key and has its hold. */
async function runningCall(id = newKey()) {
  const asked = asking()
  deepEqual(await claimKey(edges, id, asked), { kind: 'mine' })
  await lane.reserve(reserveOf(asked.callId, accountId, budgetKey, nanoUsd(100n)))
  ok(await markHeld(db, id, asked.callId))
  return { id, callId: asked.callId }
}

const answer = { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('words'), streamed: false }

async function end(id: ReturnType<typeof newKey>, callId: Uuid, more: { retryable?: boolean; stored?: boolean } = {}) {
  const nowMs = realClock.nowMs()
  return endClaim(db, id, {
    ...{
      callId,
      endedAt: new Date(nowMs),
      retryable: more.retryable ?? false,
      sealedAnswer: sealAnswer(secrets, answer),
    },
    storedUntil: more.stored === true ? new Date(nowMs + 24 * hourMs) : null,
    handedOverUntil: new Date(nowMs + 60_000),
  })
}

test('of many that claim a key at once, one gets it', async () => {
  const id = newKey()
  const claims = await Promise.all(Array.from({ length: 40 }, () => claimKey(edges, id, asking())))
  equal(claims.filter(({ kind }) => kind === 'mine').length, 1)
  equal(claims.filter(({ kind }) => kind === 'running').length, 39)
  equal((await claimKey(edges, id, asking('another request'))).kind, 'other-request')
})

test('a stored answer is given for 24 hours; then the key is as new, for any request', async () => {
  const { id, callId } = await runningCall()
  await lane.settle(settleOf(callId, nanoUsd(100n)))
  await end(id, callId, { stored: true })
  deepEqual(await claimKey(edgesAt(24 * hourMs - 5_000), id, asking()), { kind: 'answered', callId, answer })
  equal((await claimKey(edgesAt(24 * hourMs - 5_000), id, asking('another'))).kind, 'other-request')
  deepEqual(await claimKey(edgesAt(24 * hourMs), id, asking('another')), { kind: 'mine' })
})

test('a key is not forgotten while its call runs, however long', async () => {
  const { id, callId } = await runningCall()
  deepEqual(await claimKey(edgesAt(30 * hourMs), id, asking()), { kind: 'running', callId })
  await lane.settle(settleOf(callId, nanoUsd(1n)))
})

test('an answer that nobody waits for and nobody asked to store is not kept', async () => {
  const { id, callId } = await runningCall()
  await lane.settle(settleOf(callId, nanoUsd(100n)))
  equal(await end(id, callId), false)
  equal((await findClaim(db, id))?.sealed_answer, null)
  const claim = await claimKey(edges, id, asking())
  deepEqual([claim.kind, claim.kind === 'ended' && claim.charge?.charged], ['ended', 100n])
})

test('an answer that another process waits for is kept a minute for it', async () => {
  const { id, callId } = await runningCall()
  ok(await markAwaited(db, id, callId))
  await lane.settle(settleOf(callId, nanoUsd(100n)))
  equal(await end(id, callId), true)
  equal(await markAwaited(db, id, callId), false, 'it is too late to wait')
  deepEqual(await claimKey(edges, id, asking()), { kind: 'answered', callId, answer })
  equal((await claimKey(edgesAt(61_000), id, asking())).kind, 'ended')
  await purgeIdempotentCalls(db, edgesAt(61_000).clock)
  equal((await findClaim(db, id))?.sealed_answer, null)
})

test('a key whose call ended without a charge is free; one whose call was charged is not, though its end was not recorded', async () => {
  const failed = await runningCall()
  await lane.settle(settleOf(failed.callId, nanoUsd(0n)))
  equal((await claimKey(edges, failed.id, asking())).kind, 'running', 'its process may still record the end')
  equal((await claimKey(edgesAt(6_000), failed.id, asking())).kind, 'mine')
  const told = await runningCall()
  await lane.settle(settleOf(told.callId, nanoUsd(0n)))
  await end(told.id, told.callId, { retryable: true })
  equal((await claimKey(edges, told.id, asking())).kind, 'mine')
  const charged = await runningCall()
  await lane.settle(settleOf(charged.callId, nanoUsd(1n)))
  equal((await claimKey(edgesAt(6_000), charged.id, asking())).kind, 'ended')
})

test('a claim whose process has died before its hold is taken over, and the dead one cannot come back to it', async () => {
  const id = newKey()
  const dying = await process()
  const first = asking()
  equal((await claimKey(edgesAt(0, dying), id, first)).kind, 'mine')
  equal((await claimKey(edges, id, asking())).kind, 'running')
  await removeProcess(db, dying)
  const second = asking()
  equal((await claimKey(edges, id, second)).kind, 'mine')
  equal(await markHeld(db, id, first.callId), false)
  ok(await markHeld(db, id, second.callId))
  const seen = { call_id: second.callId, held: false }
  const claim = { request_hash: first.requestHash, call_id: first.callId, process_id: here, claimed_at: new Date() }
  equal(await replaceClaim(db, id, seen, claim), false, 'a claim that has its hold by now is not replaced')
})

test('the ledger is as it should be after all that', async () => {
  deepEqual(await offences(database), [])
})
