import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callerWith, noDefaults, openCluster, storm } from './test/cluster.ts'
import type { Entered, Pass } from './types.ts'

const passOf = (entered: Entered): Pass => {
  ok(entered.kind === 'entered')
  return entered.pass
}

test('exactly as many calls a minute are let in as the limit says, over four processes, however they are spread', async (t) => {
  const { limiters, time, faults } = await openCluster(t, 4)
  for (const limit of [1, 7, 100]) {
    const caller = callerWith({ requests: limit })
    for (let minute = 0; minute < 3; minute++) {
      equal((await storm(limiters, caller, 400)).length, limit)
      equal((await storm(limiters.slice(0, 1), caller, 20)).length, 0)
      time.nowMs += 60_000
    }
    // Half of it by one process alone, then all ask.
    const first = await storm(limiters.slice(0, 1), caller, Math.ceil(limit / 2))
    equal(first.length, Math.ceil(limit / 2))
    equal((await storm(limiters.slice(1, 2), caller, 400)).length, limit - first.length)
    time.nowMs += 60_000
  }
  deepEqual(faults, [])
})

test('a lone process can use the whole limit, and asks the database far less often than it is asked', async (t) => {
  const { limiters, database } = await openCluster(t, 1)
  const caller = callerWith({ requests: 1_000 })
  await database.pool.query(`
    create table written (at timestamptz);
    create function note_written() returns trigger language plpgsql as 'begin insert into written values (now()); return null; end';
    create trigger written after insert or update on rate_share for each row execute function note_written()`)
  equal((await storm(limiters, caller, 1_500)).length, 1_000)
  const { rows } = await database.pool.query<{ times: bigint }>('select count(*) as times from written')
  ok(rows[0]!.times > 0n && rows[0]!.times < 20n, `${rows[0]!.times} times`)
})

test('the share of a process that was killed is lost until its minute is over, and no longer', async (t) => {
  const { limiters, dieWithShare, time } = await openCluster(t, 2)
  const caller = callerWith({ requests: 100 })
  equal((await dieWithShare(caller)).kind, 'entered')
  equal((await storm(limiters, caller, 300)).length, 50, 'half of the limit died with it')
  time.nowMs += 60_000
  equal((await storm(limiters, caller, 300)).length, 100)
})

test('the places of a process that was killed come free when it has not renewed them', async (t) => {
  const { limiters, dieWithShare, database, time } = await openCluster(t, 2)
  const caller = callerWith({ parallel: 10 })
  equal((await dieWithShare(caller)).kind, 'entered')
  const some = await storm(limiters, caller, 30)
  ok(some.length < 10)
  await database.pool.query('update rate_share set expires_at = now() where amount > spare and spare > 0')
  await database.pool.query('delete from rate_share where expires_at <= clock_timestamp()')
  time.nowMs += 1_000
  equal(some.length + (await storm(limiters, caller, 30)).length, 10)
})

test('tokens are set aside by their bound and corrected to what was used', async (t) => {
  const { limiters, time } = await openCluster(t, 2)
  const caller = callerWith({ tokens: 1_000 })
  const enter = async (at = 0) => passOf(await limiters[at]!.enter(caller))
  const [first, second, third] = [await enter(), await enter(1), await enter(1)]
  equal(await first.reserveTokens(600), undefined)
  const refused = await second.reserveTokens(600)
  deepEqual([refused?.bound.resource, refused?.bound.most], ['tokens', 1_000])
  equal(await second.reserveTokens(400), undefined)
  first.leave(100)
  time.nowMs += 1_000
  equal(await third.reserveTokens(500), undefined, 'what was not used is free, for the other process too')
  equal((await (await enter()).reserveTokens(1))?.kind, 'refused')
})

test('a call that uses more than its bound is charged for it; the next are refused until the minute is over', async (t) => {
  const { limiters, time } = await openCluster(t, 2)
  const caller = callerWith({ tokens: 1_000 })
  const first = passOf(await limiters[0]!.enter(caller))
  equal(await first.reserveTokens(10), undefined)
  first.leave(5_000)
  deepEqual(first.standings().tokens?.remaining, 0)
  const next = passOf(await limiters[0]!.enter(caller))
  equal((await next.reserveTokens(1))?.kind, 'refused')
  time.nowMs += 60_000
  equal(await next.reserveTokens(1_000_000), undefined, 'a bound above the limit takes the whole of it')
  next.leave(1_000)
})

test('no more calls run at once than the limit says, over four processes; each place comes free with its call', async (t) => {
  const { limiters, time } = await openCluster(t, 4)
  const caller = callerWith({ parallel: 5 })
  let passes = await storm(limiters, caller, 100)
  equal(passes.length, 5)
  for (const pass of passes) pass.leave(0)
  time.nowMs += 1_000
  // Whoever asks finds all five, though other processes had them.
  passes = await storm(limiters.slice(3), caller, 100)
  equal(passes.length, 5)
  time.nowMs += 600_000
  equal((await storm(limiters, caller, 10)).length, 0, 'a place does not end with a minute')
  passes[0]!.leave(0)
  passes[0]!.leave(0)
  time.nowMs += 1_000
  equal((await storm(limiters, caller, 10)).length, 1, 'a place comes free once')
})

test('a limit of the account holds for all of its keys together, and a call that it refuses takes nothing of the key', async (t) => {
  const { limiters } = await openCluster(t, 2)
  const one = callerWith({ requests: 100, parallel: 50 }, { requests: 10 })
  const other = { ...callerWith({}), accountId: one.accountId, accountRates: one.accountRates }
  const passes = [...(await storm(limiters, one, 30)), ...(await storm(limiters, other, 30))]
  equal(passes.length, 10)
  const refused = await limiters[0]!.enter(other)
  ok(refused.kind === 'refused')
  deepEqual([refused.bound.side, refused.bound.resource], ['account', 'requests'])
  equal((await limiters[0]!.enter(one)).kind, 'refused')
  for (const pass of passes) pass.leave(0)
  equal(limiters[0]!.standings(one).requests?.limit, 10, 'the tightest limit is shown')
})

test('a key without limits leaves no trace; one without its own has the limits of the server, 0 being none', async (t) => {
  const { limiters, sharesWritten } = await openCluster(t, 1)
  await storm(limiters, callerWith({}), 100)
  deepEqual(await sharesWritten(), {})
  const { limiters: strict } = await openCluster(t, 1, { ...noDefaults, key: { ...noDefaults.key, requests: 3 } })
  equal((await storm(strict, callerWith({}), 10)).length, 3)
  equal((await storm(strict, callerWith({ requests: 0 }), 10)).length, 10)
  equal((await storm(strict, callerWith({ requests: 5 }), 10)).length, 5)
})

test('a process that stops gives back what it has not used', async (t) => {
  const { limiters, sharesWritten } = await openCluster(t, 1)
  const caller = callerWith({ requests: 100, parallel: 10 })
  const passes = await storm(limiters, caller, 4)
  for (const pass of passes) pass.leave(0)
  await limiters[0]!.close()
  deepEqual(await sharesWritten(), { requests: 4 })
})

test('a limit that is raised or lowered counts at once', async (t) => {
  const { limiters } = await openCluster(t, 2)
  const caller = callerWith({ requests: 10 })
  const withLimit = (requests: number) => ({
    ...caller,
    key: { ...caller.key, rates: { ...caller.key.rates, requests } },
  })
  equal((await storm(limiters, caller, 30)).length, 10)
  equal((await storm(limiters, withLimit(15), 30)).length, 5)
  equal((await storm(limiters, withLimit(12), 30)).length, 0)
  equal((await storm(limiters, withLimit(20), 30)).length, 5)
})

test('when the database is away, a process lets in what its share has left, and then says so with 503', async (t) => {
  const { limiters, database } = await openCluster(t, 1)
  const caller = callerWith({ requests: 100 })
  await limiters[0]!.enter(caller)
  await database.pool.query('alter table rate_share rename to gone')
  const entered = await Promise.allSettled(Array.from({ length: 200 }, () => limiters[0]!.enter(caller)))
  const admitted = entered.filter(({ status }) => status === 'fulfilled')
  equal(admitted.length, 49, 'half of the limit was taken, and one call of it used')
  for (const each of entered)
    if (each.status === 'rejected') equal((each.reason as { code: string }).code, 'ledger_unavailable')
  await database.pool.query('alter table gone rename to rate_share')
  equal((await storm(limiters, caller, 200)).length, 50, 'and goes on as soon as it is back')
})

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('enter' as const), at: fc.nat(2), times: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(20), tokens: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
)

test('whatever calls come, end and use, at whichever process: no minute and no moment has more than its limit', async (t) => {
  const { limiters, time } = await openCluster(t, 3)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 25 }),
      async (requests, parallel, steps) => {
        const caller = callerWith({ requests, parallel, tokens: 100 })
        const admitted = new Map<number, number>()
        const open: Pass[] = []
        for (const each of steps) {
          if (each.kind === 'pass') time.nowMs += each.ms
          else if (each.kind === 'leave') open.splice(each.which % (open.length + 1), 1)[0]?.leave(each.tokens)
          else {
            const minute = Math.floor(time.nowMs / 60_000)
            for (const pass of await storm([limiters[each.at]!], caller, each.times)) {
              open.push(pass)
              admitted.set(minute, (admitted.get(minute) ?? 0) + 1)
              await pass.reserveTokens(30)
            }
          }
          ok(open.length <= parallel, `${open.length} at once`)
          for (const count of admitted.values()) ok(count <= requests, `${count} in a minute`)
        }
        for (const pass of open) pass.leave(0)
        time.nowMs += 60_000
        equal((await storm(limiters, caller, 60)).length, Math.min(requests, parallel), 'all of it can be had again')
      },
    ),
    { numRuns: 15 },
  )
})

test('keys that ask for their share at once do not wait for each other in a circle', async (t) => {
  const { limiters, faults } = await openCluster(t, 3)
  const callers = Array.from({ length: 60 }, () => callerWith({ requests: 4, parallel: 4 }, { requests: 100 }))
  const orders = [callers, callers.toReversed(), [...callers.slice(30), ...callers.slice(0, 30)]]
  const entered = await Promise.all(
    limiters.flatMap((limiter, at) => orders[at]!.flatMap((caller) => [1, 2].map(() => limiter.enter(caller)))),
  )
  equal(entered.filter(({ kind }) => kind === 'entered').length, 60 * 4)
  deepEqual(faults, [])
})
