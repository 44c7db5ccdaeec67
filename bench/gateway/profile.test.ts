import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarize, type CpuProfile } from './profile.ts'

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber })

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 7] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('(garbage collector)') },
    { id: 4, callFrame: frame('settle', 'file:///house/server/src/gateway/settle.ts', 9), children: [5] },
    { id: 5, callFrame: frame('write', 'file:///house/node_modules/undici/lib/client.js', 4), children: [6] },
    { id: 6, callFrame: frame('writev') },
    { id: 7, callFrame: frame('emit', 'node:events', 1) },
  ],
  samples: [4, 2, 3, 4, 6, 7],
  timeDeltas: [1_000, 500, 100, 300, 400, 200],
}

test('time of the engine counts for whoever asked for it; sleep and the time before do not count', () => {
  const { places, functions } = summarize(profile, { root: '/house', skipUs: 1_500 })
  assert.deepEqual(places, [
    { name: 'undici', percent: 40 },
    { name: 'server/src/gateway', percent: 30 },
    { name: 'node', percent: 20 },
    { name: '(garbage collector)', percent: 10 },
  ])
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['writev', 'settle server/src/gateway/settle.ts:10', 'emit node:events:2', '(garbage collector)'],
  )
})
