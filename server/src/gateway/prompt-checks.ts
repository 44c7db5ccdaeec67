import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import type { Endpoint } from '../providers/index.ts'

export type Problem = { readonly message: string; readonly param: string }

const problem = (param: string, message: string): Problem => ({ message, param })

/** What is wrong with that part of a request which the model reads, if anything. */
export function findPromptProblem(endpoint: Endpoint, body: JsonObject): Problem | undefined {
  switch (endpoint) {
    case 'chat':
      return findMessagesProblem(body['messages'])
    case 'completions':
      return isPrompt(body['prompt'])
        ? undefined
        : problem('prompt', "'prompt' must be a text, a list of texts or tokens.")
    case 'embeddings':
      return isPrompt(body['input']) && body['input'] !== ''
        ? undefined
        : problem('input', "'input' must be a text that is not empty, a list of texts, or tokens.")
    case 'rerank':
      return findRerankProblem(body)
    case 'moderations':
      return isModerated(body['input'])
        ? undefined
        : problem('input', "'input' must be a text, a list of texts, or a list of parts with a type.")
  }
}

function findMessagesProblem(messages: JsonValue | undefined): Problem | undefined {
  if (!Array.isArray(messages) || messages.length === 0)
    return problem('messages', "'messages' must be a list with at least one message.")
  const wrong = messages.findIndex((message) => !isObject(message) || typeof message['role'] !== 'string')
  return wrong === -1 ? undefined : problem(`messages[${wrong}]`, `'messages[${wrong}]' must be an object with a role.`)
}

function findRerankProblem({ query, documents }: JsonObject): Problem | undefined {
  if (typeof query !== 'string' || query === '') return problem('query', "'query' must be a text that is not empty.")
  if (!Array.isArray(documents) || documents.length === 0)
    return problem('documents', "'documents' must be a list with at least one document.")
  const wrong = documents.findIndex((document) => typeof document !== 'string' && !isObject(document))
  return wrong === -1 ? undefined : problem(`documents[${wrong}]`, `'documents[${wrong}]' must be a text or an object.`)
}

/** A text, a list of texts, a list of tokens, or a list of lists of tokens; lists are not empty. */
function isPrompt(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return true
  if (!Array.isArray(value) || value.length === 0) return false
  const items = value as readonly JsonValue[]
  if (typeof items[0] === 'string') return items.every((item) => typeof item === 'string')
  if (typeof items[0] === 'number') return items.every(isToken)
  return items.every((item) => Array.isArray(item) && item.length > 0 && item.every(isToken))
}

const isToken = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function isModerated(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return true
  if (!Array.isArray(value) || value.length === 0) return false
  const items = value as readonly JsonValue[]
  if (typeof items[0] === 'string') return items.every((item) => typeof item === 'string')
  return items.every((item) => isObject(item) && typeof item['type'] === 'string')
}
