import type { JsonObject, JsonValue } from '../../../core/json.ts'
import type { ChatForm } from '../types.ts'

/**
 * The chat that asks for the same as a completion, for providers that have chats alone: the prompt is what a user says, and
 * the answer the text.
 */
export function chatFormOf(body: JsonObject): ChatForm {
  const prompt = textIn(body['prompt'])
  if (prompt === undefined)
    return { kind: 'none', field: 'prompt', why: 'a prompt of tokens, or of several texts, is no chat' }
  const unsaid = unsaidIn(body)
  if (unsaid) return { kind: 'none', ...unsaid }
  const { prompt: _prompt, max_tokens: most, logprobs, ...others } = body
  const rest = Object.fromEntries(Object.entries(others).filter(([name]) => !Object.hasOwn(unsayable, name)))
  return {
    kind: 'chat',
    body: {
      ...rest,
      messages: [{ role: 'user', content: prompt }],
      // The newest name; providers get the one that they have for it.
      ...(typeof most === 'number' && { max_completion_tokens: most }),
      ...(typeof logprobs === 'number' && { logprobs: true, ...(logprobs > 0 && { top_logprobs: logprobs }) }),
      ...(typeof logprobs === 'boolean' && { logprobs }),
    },
  }
}

function textIn(prompt: JsonValue | undefined): string | undefined {
  const only = Array.isArray(prompt) && prompt.length === 1 ? (prompt as readonly JsonValue[])[0] : prompt
  return typeof only === 'string' ? only : undefined
}

/** What a completion may ask for that no chat can be asked for. */
const unsayable: Readonly<Record<string, string>> = {
  suffix: 'a chat has no text after its answer',
  echo: 'a chat does not repeat its prompt',
  best_of: 'a chat gives every answer that it makes, so it is n at most',
  tools: 'a completion has no place for the calls of tools',
  functions: 'a completion has no place for the calls of tools',
}

function unsaidIn(body: JsonObject): { readonly field: string; readonly why: string } | undefined {
  for (const [field, why] of Object.entries(unsayable)) {
    const value = body[field] ?? undefined
    if (value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0)) continue
    if (field === 'best_of' && Number(value) <= Number(body['n'] ?? 1)) continue
    return { field, why }
  }
  return undefined
}
