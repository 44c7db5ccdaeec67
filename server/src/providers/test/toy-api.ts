/** A provider's API made up for the tests of what all translated providers have in common. */
import type { JsonObject } from '../../core/json.ts'
import { keyInHeader } from '../authorization.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi, StreamPiece, Translation } from '../translation.ts'

const delta = (content: unknown): JsonObject => ({ choices: [{ index: 0, delta: { content: String(content) } }] })

const translation: Translation = {
  write({ body, stream }) {
    if (body['n'] === 2) return { kind: 'refused', why: 'n: one answer only' }
    const leftOut = body['seed'] === undefined ? [] : ['seed is left out']
    return {
      kind: 'request',
      path: '/v1/say',
      headers: { 'toy-version': '1' },
      body: { model: body['model'] ?? null, loud: true, stream },
      leftOut,
    }
  },
  readAnswer: (answer, { created }) =>
    answer['said'] === undefined
      ? undefined
      : { created, choices: [{ message: { content: answer['said'] } }], usage: { prompt_tokens: 1 } },
  openStream() {
    let stopped = false
    return {
      read({ name, data }): readonly StreamPiece[] {
        if (name === 'said') return [delta(data['text']), delta('!')]
        if (name === 'failed') return [{ error: { message: data['why'] ?? null } }]
        if (name === 'absurd') throw new Error('absurd')
        if (name === 'stop') stopped = true
        return []
      },
      end: () => (stopped ? [{ choices: [], usage: { prompt_tokens: 1 } }, 'done'] : []),
    }
  },
  readError: (status, body) => ({ message: body === undefined ? `toy ${status}` : JSON.stringify(body) }),
}

export const toyApi: NativeApi = { translation, framing: sseFraming, openAuthorization: keyInHeader('x-toy-key') }
