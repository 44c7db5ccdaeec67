import type { JsonObject } from '../core/json.ts'
import type { Endpoint } from './endpoints.ts'
import type { NativeApi } from './translation.ts'

/** A kind of provider. All that is known of a look-alike of OpenAI's API is one such row. */
export type Dialect = {
  readonly id: string
  /** The API that it speaks; absent: OpenAI's. */
  readonly speaks?: NativeApi
  /** How a base URL ends at which it speaks OpenAI's API all the same. */
  readonly compatiblePath?: string
  /** How it is found in the environment, where that takes more than a key and an address. */
  readonly fromEnvironment?: (
    read: (variable: string) => string | undefined,
  ) => { readonly apiKey: string; readonly baseUrl: string } | undefined
  /** The environment variable that holds its key, where it has one. */
  readonly keyVariable?: string
  /** The environment variable that replaces its base URL, where its own library reads one of the same shape. */
  readonly baseUrlVariable?: string
  readonly baseUrl?: string
  /** The one query parameter that its base URL may have, and the environment variable that adds it. */
  readonly baseUrlQuery?: { readonly parameter: string; readonly variable: string }
  /** Path and query of a call, where they are more than the base URL's path and OpenAI's. */
  readonly address?: (baseUrl: URL, path: string, model: string) => string
  /** Calls fields by the names that it has for them. */
  readonly fit?: (endpoint: Endpoint, body: JsonObject) => JsonObject
  /** The header of its key, where that is not a bearer token. */
  readonly keyHeader?: string
  /** The loopback port on which it usually listens, for servers that run beside us. */
  readonly loopbackPort?: number
  /** The name of this provider in the price list, where it has one. */
  readonly priceListId?: string
  /** Which models of that list it serves; absent: all. */
  readonly serves?: (upstreamModel: string) => boolean
  /** Which of its models have OpenAI's completions of text; absent: all. With an API of its own it has none. */
  readonly completes?: (upstreamModel: string) => boolean
  /** The field that bounds the output of a chat completion; in a plain completion it is always `max_tokens`. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** Whether it refuses a request without a bound on its output; absent means no. */
  readonly needsMaxTokens?: boolean
  /** The least bound on an output that it takes; a lower one is raised to it. */
  readonly outputTokensMin?: number
  /** Whether it understands `stream_options.include_usage`. */
  readonly streamUsage: boolean
  /** Whether GET /models answers to its key; absent means yes. */
  readonly listsModels?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it checks its input and refuses what OpenRouter added to chat completions; absent means no. */
  readonly refusesExtensions?: boolean
  /** Whether it knows OpenAI's own hints, such as `prompt_cache_key`, though it refuses extensions. */
  readonly takesHints?: boolean
  /** Whether it reads the `reasoning` of an assistant message, though it refuses extensions. */
  readonly readsReasoning?: boolean
  /** Whether it knows `reasoning`, with budgets, and not `reasoning_effort` alone. */
  readonly takesReasoning?: boolean
  /** Whether it reads OpenRouter's `provider` block, and picks among upstreams of its own by it. */
  readonly takesRouting?: boolean
  /** Whether it reads files for models that cannot, by the page and for money, unless told otherwise; absent means no. */
  readonly parsesFiles?: boolean
  /** The field of an assistant message in which it wants its reasoning back, where that is not `reasoning_details`. */
  readonly reasoningBack?: 'reasoning_content'
}

export const hasCompletions = ({ speaks, completes }: Dialect, upstreamModel: string): boolean =>
  !speaks && (completes?.(upstreamModel) ?? true)

/** The API of its own that a provider speaks at an address; `undefined`: OpenAI's. */
export const nativeApiAt = ({ speaks, compatiblePath }: Dialect, baseUrl: string): NativeApi | undefined =>
  compatiblePath !== undefined && baseUrl.replace(/\/+$/, '').endsWith(compatiblePath) ? undefined : speaks
