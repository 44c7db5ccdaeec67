import type { Failure } from '../lib/failure.ts'
import { readFailure } from './client.ts'

/** What a first call with a key brought. */
export type Tried = {
  readonly text: string
  readonly model: string
  readonly generationId: string | undefined
  readonly costCredits: string | undefined
  readonly ms: number
}

export type TriedOutcome =
  | { readonly ok: true; readonly tried: Tried }
  | { readonly ok: false; readonly failure: Failure }

type Completion = {
  readonly model?: string
  readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[]
  readonly usage?: { readonly cost_credits?: string }
}

/** The request of the first call: short, and cheap with every model. */
export const tryBody = (model: string) => ({
  model,
  messages: [{ role: 'user', content: 'Say hello in one short sentence.' }],
  max_tokens: 40,
})

/** Makes one call with the key itself, as its owner's program would, and never as the signed-in person. */
export async function tryKey(secret: string, model: string): Promise<TriedOutcome> {
  const begun = performance.now()
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      credentials: 'omit',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(tryBody(model)),
    })
    if (!response.ok) return { ok: false, failure: await readFailure(response) }
    const answer = (await response.json()) as Completion
    return {
      ok: true,
      tried: {
        text: answer.choices?.[0]?.message?.content ?? '',
        model: answer.model ?? model,
        generationId: response.headers.get('x-generation-id') ?? undefined,
        costCredits: answer.usage?.cost_credits,
        ms: performance.now() - begun,
      },
    }
  } catch {
    return { ok: false, failure: lost }
  }
}

const lost: Failure = {
  status: 0,
  code: 'unreachable',
  message: 'The answer was lost on the way. If the call was made, it is in the list of calls.',
  param: undefined,
  requestId: undefined,
}
