import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { listOf } from '../reasoning.ts'
import { openToolSorter } from '../tool-sorter.ts'
import type { AnswerFacts } from '../types.ts'
import { openCall } from './call-item.ts'
import { openItemQueue, type ItemEvent, type ItemStatus } from './item-queue.ts'
import { openMessageItem, type MessageItem } from './message-item.ts'
import { customToolNames } from './read-tools.ts'
import { isWantedBack, openReasoningItem, reasoningIn, type Reasoning, type ReasoningItem } from './reasoning-item.ts'
import { idStem } from './response.ts'

/** Makes items of what a choice says: of its message whole, or delta by delta. */
export type Output = {
  readonly write: (said: JsonObject, logprobs?: JsonValue) => void
  /** Ends what is open, and gives every item. */
  readonly finish: (status: ItemStatus) => readonly JsonObject[]
}

export function openOutput(facts: AnswerFacts, emit: (event: ItemEvent) => void): Output {
  const items = openItemQueue(emit)
  const stem = idStem(facts)
  const isSealAsked = listOf(facts.asked['include']).includes('reasoning.encrypted_content')
  const customNames = customToolNames(facts.asked['tools'])
  const calls = openToolSorter(() => {
    const idOf = numberedId()
    const call = openCall({ idOf, customNames })
    items.open(call.item)
    return call
  })
  let message: MessageItem | undefined
  let reasoning: ReasoningItem | undefined

  function numberedId(): (prefix: string) => string {
    const number = String(items.count()).padStart(2, '0')
    return (prefix) => `${prefix}_${stem}${number}`
  }

  function openMessage(): MessageItem {
    if (!message || items.last() !== message) {
      message = openMessageItem(numberedId()('msg'))
      items.open(message)
    }
    return message
  }

  function writeReasoning(said: Reasoning): void {
    if (said.text === '' && !said.details.some(isWantedBack)) return
    if (!reasoning || items.last() !== reasoning) {
      reasoning = openReasoningItem(numberedId()('rs'), isSealAsked)
      items.open(reasoning)
    }
    items.add(reasoning, ...reasoning.write(said))
  }

  function writeMessage(said: JsonObject, logprobs: JsonValue | undefined): void {
    const text = textOf(said['content'])
    const refusal = textOf(said['refusal'])
    const annotations = listOf(said['annotations']).filter(isObject)
    if (text === '' && refusal === '' && annotations.length === 0) return
    const open = openMessage()
    if (text !== '') items.add(open, ...open.text(text, logprobsOf(logprobs)))
    for (const annotation of annotations) items.add(open, ...open.annotation(flat(annotation)))
    if (refusal !== '') items.add(open, ...open.refusal(refusal))
  }

  return {
    write(said, logprobs) {
      writeReasoning(reasoningIn(said))
      writeMessage(said, logprobs)
      for (const piece of listOf(said['tool_calls']).filter(isObject)) {
        const call = calls.toolOf(piece)
        items.add(call.item, ...call.write(piece))
      }
    },
    finish: items.finish,
  }
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('')
}

/** Chat completions have what an annotation says one level deeper, under its type. */
function flat(annotation: JsonObject): JsonObject {
  const { type } = annotation
  const said = typeof type === 'string' ? annotation[type] : undefined
  return isObject(said) ? { type: type!, ...said } : annotation
}

function logprobsOf(logprobs: JsonValue | undefined): readonly JsonObject[] {
  const tokens = isObject(logprobs) ? listOf(logprobs['content']) : []
  return tokens
    .filter(isObject)
    .map((token) => ({ ...tokenOf(token), top_logprobs: listOf(token['top_logprobs']).filter(isObject).map(tokenOf) }))
}

const tokenOf = ({ token, bytes, logprob }: JsonObject): JsonObject => ({
  token: token ?? '',
  bytes: bytes ?? [],
  logprob: logprob ?? 0,
})
