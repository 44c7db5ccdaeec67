import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { listOf, reasoningOf } from '../reasoning.ts'

/** Whether an answer, or a chunk of one, is a chat's. */
export const isChat = ({ object, choices }: JsonObject): boolean =>
  (typeof object === 'string' && object.startsWith('chat.completion')) ||
  listOf(choices).some((choice) => isObject(choice) && (isObject(choice['message']) || isObject(choice['delta'])))

/** Writes what a chat answers, whole or chunk by chunk, as completions of text. */
export function openTextWriter(): (answer: JsonObject) => JsonObject {
  /** Characters of each choice so far. */
  const written = new Map<JsonValue | undefined, number>()

  function choiceOf(choice: JsonObject): JsonObject {
    const said = isObject(choice['message']) ? choice['message'] : isObject(choice['delta']) ? choice['delta'] : {}
    const { index } = choice
    const text = textOf(said['content']) + textOf(said['refusal'])
    const before = written.get(index) ?? 0
    written.set(index, before + text.length)
    const reasoning = reasoningOf(said)
      .flatMap((piece) => (piece.kind === 'text' ? piece.text : []))
      .join('')
    return {
      text,
      index: index ?? 0,
      logprobs: logprobsOf(choice['logprobs'], before),
      finish_reason: choice['finish_reason'] ?? null,
      ...(reasoning !== '' && { reasoning }),
    }
  }

  return ({ choices, ...rest }) => ({
    ...rest,
    object: 'text_completion',
    choices: listOf(choices).filter(isObject).map(choiceOf),
  })
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('')
}

/** Chats list their tokens with all that is known of each; completions have a list for each kind of fact. */
function logprobsOf(logprobs: JsonValue | undefined, offset: number): JsonValue {
  const tokens = isObject(logprobs) ? listOf(logprobs['content']).filter(isObject) : []
  if (tokens.length === 0) return null
  const words = tokens.map(({ token }) => textOf(token))
  let at = offset
  return {
    tokens: words,
    token_logprobs: tokens.map(({ logprob }) => logprob ?? null),
    top_logprobs: tokens.map(({ top_logprobs: top }) =>
      Object.fromEntries(
        listOf(top)
          .filter(isObject)
          .map(({ token, logprob }) => [textOf(token), logprob ?? null]),
      ),
    ),
    text_offset: words.map((word) => (at += word.length) - word.length),
  }
}
