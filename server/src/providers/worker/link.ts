import { Worker } from 'node:worker_threads'

/** What a thread can be asked, and what it replies; both must survive a structured clone. */
export type Talk = { readonly ask: unknown; readonly reply: unknown }

/** The messages between the two threads. */
export type ToWorker<T extends Talk> =
  | { readonly id: number; readonly ask: T['ask'] }
  | { readonly id: number; readonly cancel: true }
export type FromWorker<T extends Talk> = { readonly id: number; readonly reply: T['reply']; readonly last: boolean }

export type ReplyListener<T extends Talk> = {
  /** `last`: nothing follows. */
  readonly onReply: (reply: T['reply'], last: boolean) => void
  /** The thread died; nothing follows. Other questions that were open get the same. */
  readonly onFault: (message: string) => void
}

/** A worker thread that is started by its first question, and again by the first one after it died. */
export type WorkerLink<T extends Talk> = {
  /** Asks; the answer comes later than this returns. The function it returns takes the question back, any number of times. */
  readonly ask: (ask: T['ask'], listener: ReplyListener<T>) => () => void
  /** Questions without their last reply. */
  readonly openCount: () => number
  /** Ends the thread; open questions fault. */
  readonly close: () => Promise<void>
}

/** `script` must call `serveQuestions`. The thread keeps the process alive only while a question is open. */
export function openWorkerLink<T extends Talk>(script: URL): WorkerLink<T> {
  const listeners = new Map<number, ReplyListener<T>>()
  let worker: Worker | undefined
  let lastId = 0

  const start = (): Worker => {
    const started = new Worker(script)
    const died = (message: string) => {
      if (worker !== started) return
      worker = undefined
      const orphans = [...listeners.values()]
      listeners.clear()
      for (const { onFault } of orphans) onFault(message)
    }
    started.on('message', ({ id, reply, last }: FromWorker<T>) => {
      const listener = listeners.get(id)
      if (last) settle(id)
      listener?.onReply(reply, last)
    })
    started.on('error', (error) => died(error instanceof Error ? error.message : 'the thread broke'))
    started.on('exit', () => died('the thread ended'))
    return started
  }
  const settle = (id: number) => {
    if (listeners.delete(id) && listeners.size === 0) worker?.unref()
  }

  return {
    ask: (ask, listener) => {
      worker ??= start()
      const id = ++lastId
      listeners.set(id, listener)
      if (listeners.size === 1) worker.ref()
      worker.postMessage({ id, ask } satisfies ToWorker<T>)
      return () => {
        if (!listeners.has(id)) return
        worker?.postMessage({ id, cancel: true } satisfies ToWorker<T>)
        settle(id)
      }
    },
    openCount: () => listeners.size,
    close: async () => {
      await worker?.terminate()
    },
  }
}
