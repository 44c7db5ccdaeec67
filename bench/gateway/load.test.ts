import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { bareUpstream } from './gateways/bare.ts'
import { makeLoad, type LoadTarget } from './load.ts'
import { mockStreamEvents, startMockUpstream } from './mock-upstream.ts'

const has = (command: string) => spawnSync('which', [command]).status === 0
const skip =
  !has('cc') || !has('taskset') || availableParallelism() < 2 ? 'needs cc, taskset and two processors' : false

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(`${tmpdir()}/redpill-bench-test-`)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function mockFor(t: TestContext, folder: string) {
  const mock = await startMockUpstream(folder)
  t.after(mock.stop)
  return mock
}

test('every call that the load generator counts has reached the mock upstream once', { skip }, async (t) => {
  const folder = folderFor(t)
  const mock = await mockFor(t, folder)
  const target = (answer: 'plain' | 'stream-1'): LoadTarget => ({
    port: mock.port,
    request: bareUpstream(mock.port).request(answer),
    eventsLeast: answer === 'plain' ? 0 : mockStreamEvents,
    requestFile: `${folder}/request`,
  })

  const whole = await makeLoad(target('plain'), { connections: 8, calls: 500 })
  assert.deepEqual([whole.calls, whole.errors, whole.firstError], [500, 0, ''])
  assert.ok(whole.latencyUs!.p50 <= whole.latencyUs!.p99)

  const streams = await makeLoad(target('stream-1'), { connections: 20, calls: 40, rampMs: 50 })
  assert.deepEqual([streams.calls, streams.errors, streams.events], [40, 0, 40 * mockStreamEvents])
  assert.ok(streams.firstEventUs!.p50 < streams.latencyUs!.p50)

  const paced = await makeLoad(target('plain'), { connections: 8, calls: 20, callsPerSecond: 400 })
  assert.deepEqual([paced.calls, paced.errors], [20, 0])

  assert.deepEqual(await mock.stats(), { requests: 560, streams: 40, cut: 0, malformed: 0 })
})

const chunked = (body: string) =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

const wrongAnswers = {
  'status 500: not 200': [0, 'HTTP/1.1 500 Oops\r\nContent-Length: 7\r\n\r\n"usage"'],
  'status 200: no usage': [0, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'],
  'status 200: events are missing': [2, chunked('data: {}\n\ndata: [DONE]\n\n')],
  'status 200: no [DONE]': [1, chunked('data: {}\n\ndata: {}\n\n')],
  'status 0: the connection was closed': [0, ''],
} as const

test('an answer that is not whole and right is an error, and says why', { skip }, async (t) => {
  const folder = folderFor(t)
  for (const [why, [eventsLeast, answer]] of Object.entries(wrongAnswers)) {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => (answer === '' ? socket.destroy() : socket.end(answer)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const target = { port, request: bareUpstream(port).request('plain'), eventsLeast, requestFile: `${folder}/request` }
    const result = await makeLoad(target, { connections: 1, calls: 1 })
    server.close()
    assert.deepEqual([result.calls, result.errors, result.firstError], [0, 1, why])
  }
})
