import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AnswerSink } from '../providers/index.ts'
import { openRace, type Racer } from './race.ts'

type Event = 'ok-head' | 'bad-head' | 'bytes' | 'end' | 'fault'

/** A racer that a test tells what to send, and that notes what became of it. */
function openRacer() {
  let sink: AnswerSink | undefined
  const noted: string[] = []
  const racer: Racer = {
    send(given) {
      sink = given
      return { resume: () => {}, cancel: () => void noted.push('cancelled') }
    },
    onFirstByte: () => void noted.push('first byte'),
    onOut: (failure) => void noted.push(failure ? 'failed' : 'outrun'),
  }
  function tell(event: Event): void {
    if (event === 'ok-head') sink?.onHead({ status: 200, headers: {} })
    if (event === 'bad-head') sink?.onHead({ status: 503, headers: {} })
    if (event === 'bytes') sink?.onBytes(Buffer.from('x'))
    if (event === 'end') sink?.onEnd()
    if (event === 'fault') sink?.onFault({ kind: 'reset', message: '' })
  }
  return { racer, noted, tell, isAsked: () => sink !== undefined }
}

async function openTestRace() {
  const [one, other] = [openRacer(), openRacer()]
  const heard: string[] = []
  const race = openRace(one.racer, 0, () => other.racer)
  race.send({
    onHead: ({ status }) => void heard.push(`head ${status}`),
    onBytes: () => (heard.push('bytes'), true),
    onEnd: () => void heard.push('end'),
    onFault: () => void heard.push('fault'),
  })
  while (!other.isAsked()) await new Promise((resolve) => void setTimeout(resolve, 1))
  return {
    one,
    other,
    heard,
    winner: () => (race.winner() === one.racer ? 'one' : race.winner() ? 'other' : undefined),
  }
}

test('who sends the first byte is handed on whole, and the other is cancelled', async () => {
  const { one, other, heard, winner } = await openTestRace()
  one.tell('ok-head')
  other.tell('ok-head')
  other.tell('bytes')
  one.tell('bytes')
  other.tell('end')
  assert.deepEqual([heard, winner()], [['head 200', 'bytes', 'end'], 'other'])
  assert.deepEqual([one.noted, other.noted], [['cancelled', 'outrun'], ['first byte']])
})

test('one that fails leaves the race to the other; when both fail the last failure is told', async () => {
  const { one, other, heard } = await openTestRace()
  one.tell('bad-head')
  assert.deepEqual([heard, one.noted], [[], ['cancelled', 'failed']])
  other.tell('fault')
  assert.deepEqual(heard, ['fault'])
})

test('whatever both send in whichever order, one answer at most is heard, from one of them', async () => {
  const anyEvents = fc.array(
    fc.tuple(
      fc.constantFrom('one' as const, 'other' as const),
      fc.constantFrom<Event>('ok-head', 'bad-head', 'bytes', 'end', 'fault'),
    ),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(anyEvents, async (events) => {
      const race = await openTestRace()
      const over = new Set<string>()
      for (const [who, event] of events) {
        if (over.has(who)) continue
        race[who].tell(event)
        if (event === 'end' || event === 'fault') over.add(who)
      }
      assert.ok(race.heard.filter((each) => each === 'end' || each === 'fault').length <= 1)
      const out = [race.one, race.other].filter(({ noted }) => noted.includes('outrun') || noted.includes('failed'))
      assert.ok(out.length <= 1, 'never both')
    }),
    { numRuns: 200 },
  )
})
