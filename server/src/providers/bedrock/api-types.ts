/** Amazon Bedrock's Converse API, version 2023-09-30: what we write of it. */
import type { JsonObject } from '../../core/json.ts'

/** A content block: an object with one field, which names what it is. */
export type Block = JsonObject

export type Turn = { readonly role: 'user' | 'assistant'; readonly content: readonly Block[] }

/** A request that is being written. */
export type Draft = {
  messages: readonly Turn[]
  system?: readonly Block[]
  inferenceConfig: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: readonly string[] }
  tools: readonly Block[]
  toolChoice?: Block
  additional: Record<string, JsonObject[string]>
  outputConfig: Record<string, JsonObject[string]>
  requestMetadata?: JsonObject
}
