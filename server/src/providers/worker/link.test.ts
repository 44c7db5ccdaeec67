import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CountTalk } from './test/fragile-worker.ts'
import { openWorkerLink, type WorkerLink } from './link.ts'

const script = new URL('./test/fragile-worker.ts', import.meta.url)

/** All replies to one question, and the fault that cut them short if there was one. */
function askAll(link: WorkerLink<CountTalk>, ask: CountTalk['ask']): Promise<{ replies: number[]; fault?: string }> {
  const replies: number[] = []
  return new Promise((resolve) => {
    link.ask(ask, {
      onReply: (reply, last) => {
        replies.push(reply)
        if (last) resolve({ replies })
      },
      onFault: (fault) => resolve({ replies, fault }),
    })
  })
}

test('questions that are open at the same time each get their own replies, in order', async () => {
  const link = openWorkerLink<CountTalk>(script)
  const [five, three] = await Promise.all([askAll(link, { upTo: 5 }), askAll(link, { upTo: 3 })])
  assert.deepEqual(five, { replies: [1, 2, 3, 4, 5] })
  assert.deepEqual(three, { replies: [1, 2, 3] })
  assert.equal(link.openCount(), 0)
  await link.close()
})

test('a thread that breaks faults every open question, and the next question starts a new one', async () => {
  const link = openWorkerLink<CountTalk>(script)
  const open = askAll(link, { upTo: 1_000_000 })
  const breaking = askAll(link, { break: true })
  assert.equal((await breaking).fault, 'told to break')
  assert.equal((await open).fault, 'told to break')
  assert.equal(link.openCount(), 0)
  assert.deepEqual(await askAll(link, { upTo: 2 }), { replies: [1, 2] })
  await link.close()
})

test('a question that is taken back gets no more replies', async () => {
  const link = openWorkerLink<CountTalk>(script)
  const replies: number[] = []
  await new Promise<void>((resolve) => {
    const takeBack = link.ask(
      { upTo: 1_000_000 },
      {
        onReply: (reply) => {
          replies.push(reply)
          takeBack()
          takeBack()
          resolve()
        },
        onFault: assert.fail,
      },
    )
  })
  await askAll(link, { upTo: 20 })
  assert.deepEqual(replies, [1])
  await link.close()
})

test('closing ends the thread and faults what is open', async () => {
  const link = openWorkerLink<CountTalk>(script)
  const open = askAll(link, { upTo: 1_000_000 })
  await link.close()
  assert.equal((await open).fault, 'the thread ended')
})
