/** What of the Gemini API (v1beta) and of Vertex AI (v1) is written: https://ai.google.dev/api/generate-content. */
import type { JsonObject } from '../../core/json.ts'

/** One piece of a message; it has one of the kinds of data, and the marks of the model's thinking beside it. */
export type Part = {
  readonly text?: string
  readonly inlineData?: { readonly mimeType: string; readonly data: string }
  readonly fileData?: { readonly fileUri: string; readonly mimeType?: string }
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: JsonObject }
  readonly functionResponse?: {
    readonly id?: string
    readonly name: string
    readonly response: JsonObject
    readonly parts?: readonly Part[]
  }
  /** The text is a summary of what the model thought. */
  readonly thought?: boolean
  /** The model's own record of its thinking, to be given back with this very part. */
  readonly thoughtSignature?: string
}

export type Content = { readonly role: 'user' | 'model'; readonly parts: readonly Part[] }

/** The two places at which Google serves this API, and how requests differ. */
export type Place = 'gemini' | 'vertex'
