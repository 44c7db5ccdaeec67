import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { openGuessBrake } from './guess-brake.ts'

function open(addressesMax = 10) {
  const time = { ms: 0 }
  const clock = { nowMs: () => time.ms, monotonicMs: () => time.ms }
  return { time, brake: openGuessBrake({ clock, failuresMax: 3, windowMs: 10_000, addressesMax }) }
}

test('after so many wrong keys an address has to wait until its time is over; others do not', () => {
  const { time, brake } = open()
  for (let count = 0; count < 3; count++) {
    equal(brake.waitSeconds('1.1.1.1'), undefined)
    brake.failed('1.1.1.1')
  }
  equal(brake.waitSeconds('1.1.1.1'), 10)
  equal(brake.waitSeconds('1.1.1.2'), undefined)
  time.ms = 9_500
  equal(brake.waitSeconds('1.1.1.1'), 1)
  time.ms = 10_000
  equal(brake.waitSeconds('1.1.1.1'), undefined)
  brake.failed('1.1.1.1')
  equal(brake.waitSeconds('1.1.1.1'), undefined)
})

test('the addresses of one IPv6 network of 64 bits count as one', () => {
  const { brake } = open()
  for (const address of ['2001:db8::1', '2001:db8:0:0::2', '2001:db8:0:0:ffff::3']) brake.failed(address)
  ok(brake.waitSeconds('2001:db8:0:0:1:2:3:4'))
  equal(brake.waitSeconds('2001:db8:0:1::1'), undefined)
})

test('memory is bounded: who failed longest ago is forgotten', () => {
  const { brake } = open(2)
  for (const address of ['a', 'a', 'a', 'b', 'c']) brake.failed(address)
  equal(brake.waitSeconds('a'), undefined)
})
