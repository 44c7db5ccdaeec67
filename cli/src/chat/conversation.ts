import { createInterface } from 'node:readline'
import { Failure, failureText } from '../failure.ts'
import type { Outside } from '../outside.ts'
import type { Message } from './answer.ts'

export type Talk = {
  /** Answers what was said last; gives the answer's text. */
  readonly answer: (messages: readonly Message[], signal: AbortSignal) => Promise<string>
  readonly system: Message | undefined
  readonly note: (line: string) => void
}

/** Talks until Ctrl-D. Ctrl-C stops an answer, or empties the line. A question that failed is not remembered. */
export async function converse(outside: Outside, { answer, system, note }: Talk): Promise<void> {
  let answering: AbortController | undefined
  const lines = openLines(
    outside,
    () => answering?.abort(),
    () => answering !== undefined,
  )
  let messages: readonly Message[] = system ? [system] : []
  try {
    for (;;) {
      const line = await lines.next()
      if (line === undefined) return
      if (line.trim() === '') continue
      answering = new AbortController()
      const asked: readonly Message[] = [...messages, { role: 'user', content: line }]
      try {
        const content = await answer(asked, answering.signal)
        // Providers refuse an empty message; one that was stopped before its first word leaves nothing to remember.
        if (content !== '') messages = [...asked, { role: 'assistant', content }]
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        note(`redpill: ${failureText(error)}`)
      }
      answering = undefined
    }
  } finally {
    lines.close()
  }
}

/** Lines that a person types, with editing and history; those typed during an answer wait for its end. */
function openLines({ stdin, stdout, onInterrupt }: Outside, stop: () => void, isAnswering: () => boolean) {
  const reader = createInterface({ input: stdin, output: stdout, prompt: '> ', terminal: true })
  const typed: string[] = []
  let isOver = false
  let wake = () => {}
  reader.on('line', (line) => {
    typed.push(line)
    wake()
  })
  reader.on('close', () => {
    isOver = true
    stop()
    wake()
  })
  const interrupt = () => {
    if (isAnswering()) stop()
    else if (reader.line === '') {
      stdout.write('(Ctrl-D ends)\n')
      reader.prompt()
    } else {
      // Ctrl-U after Ctrl-E: the whole line goes, wherever the cursor stood.
      reader.write(null, { ctrl: true, name: 'e' })
      reader.write(null, { ctrl: true, name: 'u' })
    }
  }
  reader.on('SIGINT', interrupt)
  const unlisten = onInterrupt(interrupt)

  return {
    /** The next line; `undefined` when the person has ended. */
    async next(): Promise<string | undefined> {
      if (typed.length === 0 && !isOver) reader.prompt()
      while (typed.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve))
      return typed.shift()
    },
    close() {
      unlisten()
      reader.close()
    },
  }
}
