import type { JsonObject } from '../../../core/json.ts'

/** Puts items together to chat messages: what a model said in a row, with its reasoning and calls, is one message. */
export type Conversation = {
  readonly say: (message: JsonObject) => void
  /** Text and refusals of a model. */
  readonly assistant: (parts: readonly JsonObject[]) => void
  readonly call: (toolCall: JsonObject) => void
  readonly reasoning: (details: readonly JsonObject[]) => void
  /** The result of a call, and what of it has to come after all results. */
  readonly result: (message: JsonObject, attached: readonly JsonObject[]) => void
  readonly messages: () => readonly JsonObject[]
}

type Turn = {
  readonly texts: string[]
  readonly refusals: string[]
  readonly calls: JsonObject[]
  readonly reasoning: JsonObject[]
}

export function openConversation(): Conversation {
  const messages: JsonObject[] = []
  let turn: Turn | undefined
  let attached: JsonObject[] = []

  function endTurn(): void {
    if (turn) messages.push(messageOf(turn))
    turn = undefined
  }

  /** Results of parallel calls stand together, right after their calls: nothing may come between. */
  function endResults(): void {
    if (attached.length > 0) messages.push({ role: 'user', content: attached })
    attached = []
  }

  function openTurn(): Turn {
    endResults()
    turn ??= { texts: [], refusals: [], calls: [], reasoning: [] }
    return turn
  }

  return {
    say(message) {
      endTurn()
      endResults()
      messages.push(message)
    },
    assistant(parts) {
      const said = openTurn()
      // Two messages in a row stay two, unless calls stand before them, whose results must follow at once.
      if (said.texts.length + said.refusals.length > 0 && said.calls.length === 0) endTurn()
      const { texts, refusals } = openTurn()
      texts.push(joined(parts, 'text'))
      refusals.push(joined(parts, 'refusal'))
    },
    call(toolCall) {
      openTurn().calls.push(toolCall)
    },
    reasoning(details) {
      if (details.length === 0) return
      const { reasoning } = openTurn()
      reasoning.push(...details.map((detail, at) => ({ ...detail, index: reasoning.length + at })))
    },
    result(message, more) {
      endTurn()
      messages.push(message)
      attached.push(...more)
    },
    messages() {
      endTurn()
      endResults()
      return messages
    },
  }
}

const joined = (parts: readonly JsonObject[], name: 'text' | 'refusal'): string =>
  parts.map((part) => (typeof part[name] === 'string' ? part[name] : '')).join('')

function messageOf({ texts, refusals, calls, reasoning }: Turn): JsonObject {
  const content = texts.filter((text) => text !== '').join('\n\n')
  const refusal = refusals.filter((text) => text !== '').join('\n\n')
  return {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== '') ? null : content,
    ...(refusal !== '' && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning.length > 0 && { reasoning_details: reasoning }),
  }
}
