/** Anthropic's Messages API, version 2023-06-01: what we write of it. */
import type { JsonObject, JsonValue } from '../../core/json.ts'

/** A content block. */
export type Block = JsonObject & { readonly type: string }

export type Turn = { readonly role: 'user' | 'assistant' | 'system'; readonly content: string | readonly Block[] }

export type ThinkingConfig =
  | { readonly type: 'enabled'; readonly budget_tokens: number }
  | { readonly type: 'adaptive'; readonly display?: 'summarized' }
  | { readonly type: 'disabled' }

/** A request that is being written. */
export type Draft = {
  model: string
  max_tokens: number
  messages: readonly Turn[]
  system?: readonly Block[]
  stream?: boolean
  temperature?: number
  top_p?: number
  top_k?: number
  stop_sequences?: readonly string[]
  tools?: readonly JsonObject[]
  tool_choice?: JsonObject
  thinking?: ThinkingConfig
  output_config?: JsonObject
  metadata?: JsonObject
  cache_control?: JsonValue
  service_tier?: string
}

/** The mark under which OpenRouter's clients know thinking of this API. */
export const reasoningFormat = 'anthropic-claude-v1'
