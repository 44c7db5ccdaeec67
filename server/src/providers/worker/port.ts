import { parentPort } from 'node:worker_threads'
import { assert } from '../../core/assert.ts'
import type { FromWorker, Talk, ToWorker } from './link.ts'

/** How a thread answers one question. */
export type Answering<T extends Talk> = {
  readonly reply: (reply: T['reply']) => void
  readonly last: (reply: T['reply']) => void
}

/**
 * Answers the questions of an `openWorkerLink` inside its thread. `answer` returns what to do when its question is taken
 * back; what it throws ends the thread, and with it every open question.
 */
export function serveQuestions<T extends Talk>(answer: (ask: T['ask'], answering: Answering<T>) => () => void): void {
  const port = parentPort
  assert(port !== null, 'questions are served in a worker thread')
  const cancels = new Map<number, () => void>()

  port.on('message', (message: ToWorker<T>) => {
    const { id } = message
    if ('cancel' in message) {
      cancels.get(id)?.()
      cancels.delete(id)
      return
    }
    const post = (reply: T['reply'], last: boolean) => port.postMessage({ id, reply, last } satisfies FromWorker<T>)
    let isOver = false
    const cancel = answer(message.ask, {
      reply: (reply) => post(reply, false),
      last: (reply) => {
        isOver = true
        cancels.delete(id)
        post(reply, true)
      },
    })
    if (!isOver) cancels.set(id, cancel)
  })
}
