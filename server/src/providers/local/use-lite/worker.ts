import { serveQuestions } from '../../worker/port.ts'
import { openTurns } from '../../worker/turns.ts'
import { embeddingList } from '../wire.ts'
import { embed, readInputs } from './embed.ts'
import { loadEncoder } from './encoder.ts'
import type { UseLiteReply, UseLiteTalk } from './use-lite.ts'

type Work = AsyncGenerator<undefined, void>

const encoder = loadEncoder()
const takeTurns = openTurns()

async function* answer(ask: UseLiteTalk['ask'], last: (reply: UseLiteReply) => void): Work {
  const loaded = await encoder
  const read = yield* readInputs(loaded, ask.inputs)
  if (read.kind === 'refused') return last(read)
  const { texts, tokens } = read
  if (ask.kind === 'count') return last({ kind: 'counted', tokens })
  const vectors = yield* embed(loaded, texts, ask.dimensions)
  const shown = vectors.map((vector) => (ask.asBase64 ? base64Of(vector) : Array.from(vector)))
  // Encoded here, so that megabytes of numbers do not hold up the other threads; in an ArrayBuffer of its own, because
  // a small Buffer shares one with others, and all of it would be sent.
  const json = new TextEncoder().encode(JSON.stringify(embeddingList('use-lite', shown, tokens))).buffer
  last({ kind: 'embedded', json })
}

/** Little-endian float32, as OpenAI has it. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes.toString('base64')
}

serveQuestions<UseLiteTalk>((ask, { last }) => {
  const work = answer(ask, last)
  takeTurns(work)
  return () => {
    void work.return(undefined)
  }
})
