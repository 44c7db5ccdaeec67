/** Entries of OpenRouter's `reasoning_details`. */
import type { JsonObject } from '../../core/json.ts'
import { reasoningFormat } from './api-types.ts'

export const textDetail = (text: string, index: number): JsonObject => ({
  type: 'reasoning.text',
  text,
  format: reasoningFormat,
  index,
})

export const signatureDetail = (signature: string, index: number): JsonObject => ({
  type: 'reasoning.text',
  signature,
  format: reasoningFormat,
  index,
})

export const redactedDetail = (data: string, index: number): JsonObject => ({
  type: 'reasoning.encrypted',
  data,
  format: reasoningFormat,
  index,
})
