import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base'
import { serveQuestions } from '../worker/port.ts'
import { openTurns, type Steps } from '../worker/turns.ts'
import type { CountTalk } from './counter.ts'
import { cutRuns, slicesOf } from './slices.ts'

/** Words whose tokens are remembered; at 256 characters each some 20 MB at most. */
const rememberedWords = 20_000
setMergeCacheSize(rememberedWords)

/** Text that spells out a special token is text: callers must not be able to break a count. */
const asText = { disallowedSpecial: new Set<string>() }

const takeTurns = openTurns()

function* count(texts: readonly string[], last: (tokens: number) => void): Generator<undefined, void> {
  let tokens = 0
  for (const text of texts) {
    for (const slice of slicesOf(text)) {
      for (const piece of cutRuns(slice)) tokens += countTokens(piece, asText)
      yield
    }
  }
  last(tokens)
}

serveQuestions<CountTalk>(({ texts }, { last }) => {
  const work: Steps = count(texts, last)
  takeTurns(work)
  return () => {}
})
