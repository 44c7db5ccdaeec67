import { serveQuestions } from '../port.ts'

/** A thread that counts for whoever asks, until it is told to break. */
export type CountTalk = { readonly ask: { readonly upTo: number } | { readonly break: true }; readonly reply: number }

serveQuestions<CountTalk>((ask, { reply, last }) => {
  if ('break' in ask) throw new Error('told to break')
  let count = 0
  const next = () => {
    count++
    if (count === ask.upTo) return last(count)
    reply(count)
    timer = setTimeout(next, 1)
  }
  let timer = setTimeout(next, 1)
  return () => clearTimeout(timer)
})
