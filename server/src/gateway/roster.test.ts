import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openRoster } from './roster.ts'

const membersOf = (roster: ReturnType<typeof openRoster<number>>): number[] => {
  const members: number[] = []
  roster.each((member) => members.push(member))
  return members.toSorted((a, b) => a - b)
}

test('a roster holds whoever entered and has not left, however often they leave', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (steps) => {
      const roster = openRoster<number>()
      const leaves: (() => void)[] = []
      const here = new Set<number>()
      for (const step of steps) {
        const leaver = step - 10
        if (leaver >= 0 && leaver < leaves.length) {
          leaves[leaver]!()
          here.delete(leaver)
        } else {
          here.add(leaves.length)
          leaves.push(roster.enter(leaves.length))
        }
        assert.equal(roster.size(), here.size)
        assert.deepEqual(
          membersOf(roster),
          [...here].toSorted((a, b) => a - b),
        )
      }
    }),
  )
})

test('whoever stays is called for, whoever leaves meanwhile', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 30 })), fc.integer({ min: 1, max: 30 }), (leavers, count) => {
      const roster = openRoster<number>()
      const leaves = Array.from({ length: count }, (_, member) => roster.enter(member))
      const called = new Set<number>()
      roster.each((member) => {
        called.add(member)
        const leaver = leavers[called.size - 1]
        if (leaver !== undefined) leaves[leaver]?.()
      })
      const stayed = leaves.map((_, member) => member).filter((member) => !leavers.slice(0, count).includes(member))
      for (const member of stayed) assert.ok(called.has(member), `${member} was passed over`)
    }),
  )
})

test('members that enter while others are called for are not called for', () => {
  const roster = openRoster<string>()
  roster.enter('first')
  let calls = 0
  roster.each(() => {
    calls += 1
    roster.enter('later')
  })
  assert.equal(calls, 1)
  assert.equal(roster.size(), 2)
})
