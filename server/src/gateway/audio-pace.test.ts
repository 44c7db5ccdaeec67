import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { wave } from '../../test/support/wave.ts'
import { isPaced } from './audio-pace.ts'

const frame = (bitrate: number) => Buffer.of(0xff, 0xf3, bitrate << 4, 0)
const tagged = (length: number, then: Buffer) =>
  Buffer.concat([Buffer.from('ID3'), Buffer.of(4, 0, 0, 0, 0, length >> 7, length & 0x7f), Buffer.alloc(length), then])

test('speech as telephones have it, and music, have bytes for every second', () => {
  for (const head of [{}, { rate: 44_100, channels: 2, bits: 16 }, { format: 3, bits: 32 }])
    equal(isPaced(wave(head)), true)
  equal(isPaced(frame(1).toString('base64')), true)
  for (const length of [0, 1, 2, 300]) equal(isPaced(tagged(length, frame(4)).toString('base64')), true)
})

test('what may be hours of silence has not, whatever it calls itself', () => {
  const some = Buffer.alloc(100)
  for (const data of [
    wave({ rate: 10 }),
    wave({ format: 17 }),
    frame(0).toString('base64'),
    tagged(300, Buffer.from('fLaC')).toString('base64'),
    Buffer.concat([Buffer.from('fLaC'), some]).toString('base64'),
    Buffer.concat([Buffer.from('OggS'), some]).toString('base64'),
    'https://example.com/a.wav',
    '',
  ])
    equal(isPaced(data), false, data.slice(0, 20))
})
