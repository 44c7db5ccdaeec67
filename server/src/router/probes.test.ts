import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noFacts, type Model } from '../catalog/index.ts'
import { openHealth, type Health } from './health/index.ts'
import { probesDue, type ProbeSurroundings } from './probes.ts'
import { testModel, testSnapshot, type TestOffer } from './test/offers.ts'

const oneOffer = testSnapshot([{ id: 'a' }])

type World = Partial<ProbeSurroundings> & { readonly offers?: readonly TestOffer[]; readonly models?: readonly Model[] }

/** Who is probed at a moment, by default with no luck needed. */
function lookAt(health: Health, nowMs: number, { offers, models, ...around }: World = {}) {
  const probes = probesDue({
    ...{ snapshot: offers ? testSnapshot(offers, models) : oneOffer, untried: health.untried(nowMs), nowMs },
    ...{ random: () => 0, canList: () => true, mayPay: false, room: 100 },
    ...around,
  })
  return probes.map((probe) =>
    probe.kind === 'list'
      ? `list of ${probe.offers.map(({ id }) => id).join(' ')}`
      : `${probe.endpoint} of ${probe.offer.id}`,
  )
}

const enter = (health: Health, offerId: string, nowMs: number) => {
  const entered = health.recordOf(offerId).enter(noFacts, nowMs, { anyway: true })
  return entered.kind === 'entered' ? entered.ticket : assert.fail('it is asked anyway')
}

/** Fails so often that it is left alone for five seconds. */
function bringDown(health: Health, ...offerIds: readonly string[]): void {
  for (const id of offerIds) for (let at = 0; at < 3; at++) enter(health, id, 0).leave({ kind: 'failed' }, 0)
}

test('an offer that failed too often is asked once after its rest, when no caller came for a second', () => {
  const health = openHealth()
  bringDown(health, 'a')
  assert.deepEqual(
    [0, 4_999, 5_999, 6_000].map((nowMs) => lookAt(health, nowMs).length),
    [0, 0, 0, 1],
  )
  const question = health.recordOf('a').ask(6_000)!
  assert.deepEqual([lookAt(health, 6_001), lookAt(health, 60_000)], [[], []])
  assert.equal(health.recordOf('a').ask(6_001), undefined, 'one at a time')
  question.leave(false, 6_100)
  assert.deepEqual(lookAt(health, 600_000), [], 'the next caller finds out')
})

test('while it is asked no caller is sent there; where it fails still it rests twice as long and is asked again', () => {
  const health = openHealth()
  bringDown(health, 'a')
  const record = health.recordOf('a')
  const question = record.ask(6_000)!
  assert.equal(record.standing(6_001).kind, 'ejected')
  question.leave(true, 6_100)
  assert.deepEqual(record.standing(6_100), { kind: 'ejected', untilMs: 16_100 })
  assert.deepEqual([lookAt(health, 17_099), lookAt(health, 17_100)], [[], ['list of a']])
  record.ask(17_100)!.leave(false, 17_200)
  assert.equal(record.standing(17_200).kind, 'well')
  const first = enter(health, 'a', 17_300)
  assert.equal(record.standing(17_300).kind, 'ejected', 'a list is no answer: one caller at a time')
  first.leave({ kind: 'ok' }, 17_400)
  assert.deepEqual([record.standing(17_400).kind, lookAt(health, 600_000)], ['well', []])
})

test('a caller who was answered meanwhile knows better than the question', () => {
  const health = openHealth()
  bringDown(health, 'a')
  const question = health.recordOf('a').ask(6_000)!
  enter(health, 'a', 6_001).leave({ kind: 'ok' }, 6_002)
  question.leave(true, 6_100)
  assert.equal(health.recordOf('a').standing(6_100).kind, 'well')
})

type Event = {
  readonly waitMs: number
  readonly lastsMs: number
  readonly outcome: 'ok' | 'failed' | 'limited' | 'neutral'
}

const events = fc.array(
  fc.record<Event>({
    waitMs: fc.oneof(fc.nat(200), fc.nat(20_000)),
    lastsMs: fc.oneof(fc.nat(100), fc.nat(8_000)),
    outcome: fc.constantFrom('failed', 'failed', 'failed', 'ok', 'limited', 'neutral'),
  }),
  { maxLength: 30 },
)

/** Plays calls that follow each other, looking every 250 ms; tells what had become of all calls at each probe. */
function play(timeline: readonly Event[], looksMs: number) {
  const health = openHealth()
  const entered: number[] = []
  const ended: Event['outcome'][] = []
  const probed: { readonly atMs: number; readonly isOpen: boolean; readonly restedMs: number | undefined }[] = []
  let nowMs = 0
  let ejectedUntilMs: number | undefined
  const pass = (ms: number, isOpen: boolean) => {
    for (const until = nowMs + ms; nowMs < until; nowMs = Math.min(until, nowMs + 250)) {
      const standing = health.recordOf('a').standing(nowMs)
      if (standing.kind === 'ejected' && standing.untilMs > nowMs) ejectedUntilMs = standing.untilMs
      if (lookAt(health, nowMs).length > 0)
        probed.push({ atMs: nowMs, isOpen, restedMs: ejectedUntilMs && nowMs - ejectedUntilMs })
    }
  }
  for (const { waitMs, lastsMs, outcome } of timeline) {
    pass(waitMs, false)
    const ticket = enter(health, 'a', nowMs)
    entered.push(nowMs)
    pass(lastsMs, true)
    ticket.leave(outcome === 'limited' ? { kind: outcome, retryAfterSeconds: undefined } : { kind: outcome }, nowMs)
    ended.push(outcome)
  }
  pass(looksMs, false)
  return { entered, ended, probed }
}

test('never is an offer probed that is well, that has a call, or that was called since its rest', () => {
  let probes = 0
  fc.assert(
    fc.property(events, (timeline) => {
      const { entered, ended, probed } = play(timeline, 150_000)
      if (probed.length > 0) probes += 1
      for (const { atMs, isOpen, restedMs } of probed) {
        assert.ok(!isOpen, 'it has a call')
        assert.ok(restedMs !== undefined && restedMs >= 1_000, `it rested until ${restedMs} ms ago`)
        const before = entered.filter((ms) => ms <= atMs)
        assert.ok(before.at(-1)! < atMs - restedMs, 'it was called since')
        const telling = ended.slice(0, before.length).filter((outcome) => outcome !== 'neutral')
        assert.ok(telling.includes('failed') && telling.at(-1) !== 'ok', 'it is well')
      }
    }),
    { numRuns: 200 },
  )
  assert.ok(probes > 20, `${probes} timelines had a probe`)
})

test('one list tells of all offers of a provider; what is off, gone or elsewhere in the catalog is not asked', () => {
  const health = openHealth()
  const snapshot = testSnapshot(
    [{ id: 'a' }, { id: 'b', model: 'm/y' }, { id: 'c' }, { id: 'd' }, { id: 'e', model: 'm/off' }],
    [testModel('m/x'), testModel('m/y'), testModel('m/off', { disabled: true })],
  )
  bringDown(health, 'a', 'b', 'c', 'd', 'e', 'deleted')
  const same = {
    ...snapshot,
    offersOf: (id: string) =>
      snapshot.offersOf(id).map((offer) => ({
        ...offer,
        providerId: offer.id === 'c' ? 'another' : 'one',
        disabled: offer.id === 'd',
      })),
  }
  assert.deepEqual(lookAt(health, 6_000, { snapshot: same }), ['list of a b', 'list of c'])
  assert.deepEqual(lookAt(health, 6_000, { snapshot: same, room: 1 }), ['list of a b'])
  assert.deepEqual(lookAt(health, 6_000, { snapshot: same, canList: () => undefined }), [])
  const numbers = [0.5, 0.49]
  assert.deepEqual(lookAt(health, 6_000, { snapshot: same, random: () => numbers.shift()! }), ['list of c'])
})

test('a call is bought only with the operator’s leave, where nothing is listed, and where it is sure to be small', () => {
  const health = openHealth()
  const offers: readonly TestOffer[] = [
    { id: 'chat' },
    { id: 'no-chat', capabilities: { chat: false } },
    { id: 'vectors', model: 'm/e' },
    { id: 'pictures', model: 'm/p' },
    { id: 'rank', model: 'm/r' },
  ]
  const models = [
    testModel('m/x'),
    testModel('m/e', { outputModalities: ['embeddings'] }),
    testModel('m/p', { outputModalities: ['text', 'image'] }),
    testModel('m/r', { outputModalities: ['rerank'] }),
  ]
  bringDown(health, ...offers.map(({ id }) => id))
  const around = { offers, models, canList: () => false }
  assert.deepEqual(lookAt(health, 6_000, around), [])
  assert.deepEqual(lookAt(health, 6_000, { ...around, mayPay: true }), ['embeddings of vectors', 'chat of chat'])
  const listing = lookAt(health, 6_000, { ...around, canList: () => true, mayPay: true })
  assert.ok(listing.length === 5 && listing.every((probe) => probe.startsWith('list')))
})
