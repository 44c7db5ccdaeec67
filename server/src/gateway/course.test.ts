import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noFacts, type OfferFacts } from '../catalog/index.ts'
import { nanoUsd } from '../core/money.ts'
import { openHealth, type Health, type PlannedAttempt } from '../router/index.ts'
import type { AttemptFailure } from './attempt-failure.ts'
import { openCourse } from './course.ts'

const attempt = (id: string, model = 'm', facts: Partial<OfferFacts> = {}): PlannedAttempt => ({
  model: {
    ...{ id: model, aliases: [], name: model, description: '', contextLength: undefined, outputTokensMax: undefined },
    ...{ inputModalities: [], outputModalities: [], supportedParameters: [], disabled: false, createdAt: new Date(0) },
  },
  offer: {
    ...{ id, modelId: model, providerId: id, providerName: id, upstreamModel: 'x', providerShareBps: 0 },
    ...{ capabilities: {}, dialect: 'compatible', ownFacts: {}, disabled: false, available: true },
    facts: { ...noFacts, ...facts },
  },
  ...{ prices: {}, bound: nanoUsd(1n), reason: '' },
})

const failure = (more: Partial<AttemptFailure> = {}): AttemptFailure => ({
  ...{ reason: 'status', status: 500, note: '', movesOn: true, isCallers: false },
  ...{ retryAfterSeconds: undefined, complaint: undefined },
  ...more,
})

/** Plays a course: each offer fails as it is told to, and the record learns of it, until the course ends. */
function play(
  attempts: readonly PlannedAttempt[],
  fails: (id: string, times: number) => AttemptFailure | 'own' | undefined,
  health: Health = openHealth(),
) {
  let nowMs = 0
  const course = openCourse({
    ...{ attempts, health, random: () => 0, deadlineMs: 60_000, accountId: 'payer', hedges: true },
    clock: { monotonicMs: () => nowMs },
  })
  const story: string[] = []
  const times = new Map<string, number>()
  for (;;) {
    const step = course.next()
    if (step.kind === 'end') return { story: [...story, `end ${step.failure.status}`], course, nowMs }
    if (step.kind === 'wait') {
      story.push(`wait ${step.ms}`)
      nowMs += step.ms
      continue
    }
    const { id } = step.attempt.offer
    story.push(id)
    const count = (times.get(id) ?? 0) + 1
    times.set(id, count)
    const told = fails(id, count)
    if (!told) {
      step.ticket.leave({ kind: 'ok' }, nowMs)
      return { story, course, nowMs }
    }
    const why = told === 'own' ? failure({ status: 429, retryAfterSeconds: 2 }) : told
    const isLimit = why.status === 429 && told !== 'own' && !why.isCallers
    step.ticket.leave(
      isLimit
        ? { kind: 'limited', retryAfterSeconds: why.retryAfterSeconds }
        : { kind: told === 'own' || why.isCallers ? 'neutral' : 'failed' },
      nowMs,
    )
    course.failed(step.attempt, why, true)
  }
}

const limit = (retryAfterSeconds: number) => failure({ status: 429, retryAfterSeconds })

test('the plan is gone along until one answers, and ends with the last failure', () => {
  assert.deepEqual(play([attempt('a'), attempt('b')], (id) => (id === 'a' ? failure() : undefined)).story, ['a', 'b'])
  const all = play([attempt('a'), attempt('b')], (id) => failure({ status: id === 'a' ? 500 : 503 }))
  assert.deepEqual(all.story, ['a', 'b', 'end 503'])
})

test('a request at fault goes on only to another model', () => {
  const atFault = failure({ status: 400, movesOn: false })
  const attempts = [attempt('a'), attempt('b'), attempt('c', 'other')]
  assert.deepEqual(play(attempts, (id) => (id === 'a' ? atFault : undefined)).story, ['a', 'c'])
  assert.deepEqual(play(attempts.slice(0, 2), () => atFault).story, ['a', 'end 400'])
})

test('a short limit is waited for once nobody else is left; a long one is not', () => {
  const two = [attempt('a'), attempt('b')]
  assert.deepEqual(
    play(two, (id, times) => (id === 'a' && times === 1 ? limit(2) : id === 'b' ? failure() : undefined)).story,
    ['a', 'b', 'wait 2000', 'a'],
  )
  assert.deepEqual(play([attempt('a')], () => limit(30)).story, ['a', 'end 429'])
  assert.deepEqual(play([attempt('a')], () => limit(2)).story, ['a', 'wait 2000', 'a', 'end 429'], 'once')
})

test('a limit that the request itself is beyond is met no more by asking again', () => {
  assert.deepEqual(play([attempt('a')], () => ({ ...limit(2), isCallers: true })).story, ['a', 'end 429'])
})

test("a limit of the caller's own key is not waited for: the same offer by the operator's key may have room", () => {
  const own: PlannedAttempt = { ...attempt('a'), own: { key: {} as never, listPrices: {} } }
  assert.deepEqual(play([own], () => 'own').story, ['a', 'end 429'])
  assert.deepEqual(play([own, attempt('a')], (_id, times) => (times === 1 ? 'own' : undefined)).story, ['a', 'a'])
})

test('an offer that could not be reached is asked once more when nobody else is left', () => {
  const reset = failure({ reason: 'reset', status: undefined })
  assert.deepEqual(play([attempt('a')], (_id, times) => (times === 1 ? reset : undefined)).story, [
    'a',
    'wait 100',
    'a',
  ])
  assert.deepEqual(play([attempt('a'), attempt('b')], (id) => (id === 'a' ? reset : undefined)).story, ['a', 'b'])
  assert.deepEqual(play([attempt('a')], () => reset).story, ['a', 'wait 100', 'a', 'end undefined'])
})

test('what rests is passed over, and asked after all when it is the last', () => {
  const health = openHealth()
  const record = health.recordOf('a')
  for (let at = 0; at < 3; at++) {
    const entered = record.enter(noFacts, 0, { anyway: false })
    if (entered.kind === 'entered') entered.ticket.leave({ kind: 'failed' }, 0)
  }
  assert.deepEqual(play([attempt('a'), attempt('b')], () => undefined, health).story, ['b'])
  assert.deepEqual(play([attempt('a'), attempt('b')], (id) => (id === 'b' ? failure() : undefined), health).story, [
    'b',
    'a',
  ])
})

test('where every offer is full, the call ends at once as limited', () => {
  const full = attempt('a', 'm', { concurrencyMax: 1 })
  const health = openHealth()
  health.recordOf('a').enter(full.offer.facts, 0, { anyway: false })
  const { story } = play([full], () => undefined, health)
  assert.deepEqual(story, ['end 429'])
})

test('without budget no second offer is asked, and the course says so', () => {
  const health = openHealth()
  for (let at = 0; at < 100; at++) health.retriesOf('m').spend(`account ${at}`, 0)
  const { story, course } = play([attempt('a'), attempt('b')], () => failure(), health)
  assert.deepEqual([story, course.stoppedBy()], [['a', 'end 500'], 'retry budget'])
})

test('a hedge that the budget refuses takes nothing from the call: the same offer is asked once the first has failed', () => {
  const health = openHealth()
  for (let at = 0; at < 100; at++) health.hedgesOf('payer').spend('payer', 0)
  const [a, b] = [attempt('a'), attempt('b')]
  const course = openCourse({
    ...{ attempts: [a, b], health, random: () => 0, deadlineMs: 60_000, accountId: 'payer', hedges: true },
    clock: { monotonicMs: () => 0 },
  })
  assert.equal(course.next().kind, 'try')
  assert.equal(course.second(a), undefined)
  course.failed(a, failure(), true)
  const step = course.next()
  assert.deepEqual([step.kind === 'try' && step.attempt.offer.id, course.stoppedBy()], ['b', undefined])
})

test('where an own key was refused, the offer is asked with the key of the operator even without budget', () => {
  const health = openHealth()
  for (let at = 0; at < 100; at++) health.retriesOf('m').spend(`account ${at}`, 0)
  const own: PlannedAttempt = { ...attempt('a'), own: { key: {} as never, listPrices: {} } }
  const { story } = play([own, attempt('a')], (_id, times) => (times === 1 ? 'own' : undefined), health)
  assert.deepEqual(story, ['a', 'a'])
})
