/** What the gateway itself makes of the fields of OpenAI's API and of the rerank beside it; all others are the provider's business. */
export type OwnField = {
  /**
   * `read`: understood here, and handed on as it came. `changed`: what the provider gets is not what the caller wrote.
   * `kept`: for the gateway alone.
   */
  readonly handling: 'read' | 'changed' | 'kept'
  readonly meaning: string
}

export const ownFields = {
  model: {
    handling: 'changed',
    meaning: "the provider's own name of it; `omni-moderation-latest` where a moderation names none",
  },
  messages: { handling: 'read', meaning: 'at least one, each with a role; weighed for the hold' },
  prompt: {
    handling: 'read',
    meaning:
      'a text, texts, tokens, or lists of tokens; weighed for the hold; of a provider that has chats alone: see below',
  },
  input: { handling: 'read', meaning: 'the same, of embeddings; of moderations a text, texts, or parts with a type' },
  query: { handling: 'read', meaning: 'of a rerank; weighed once for every document' },
  documents: {
    handling: 'changed',
    meaning: 'of a rerank, at least one; `{"text"}` and nothing else becomes that text',
  },
  top_n: { handling: 'read', meaning: 'a whole number of at least 1' },
  return_documents: {
    handling: 'read',
    meaning: 'of a rerank: `false` keeps documents out of the answer; else they are in it, whoever answers',
  },
  max_tokens: {
    handling: 'changed',
    meaning:
      'bounds the hold, where `max_completion_tokens` does not, and goes no higher than the model; a completion without it is bounded to 16 here too',
  },
  max_completion_tokens: {
    handling: 'changed',
    meaning:
      'bounds the hold; the provider gets one bound, under the name that it has for it; a plain answer without a bound gets one where credits are short',
  },
  n: { handling: 'read', meaning: '1 to 128; that many answers are held' },
  best_of: { handling: 'read', meaning: '1 to 128; that many answers are held' },
  stream: { handling: 'read', meaning: 'true or false' },
  stream_options: {
    handling: 'changed',
    meaning: '`include_usage` is always asked of the provider where it knows it; the caller gets the usage if it asked',
  },
  user: { handling: 'read', meaning: 'a label of the receipt' },
  metadata: { handling: 'read', meaning: 'labels of the receipt' },
  session_id: { handling: 'kept', meaning: 'a label of the receipt; calls of one session stay with one provider' },
  usage: { handling: 'kept', meaning: '`{"include": true}`: the usage of a stream, as OpenRouter asks for it' },
  strict: { handling: 'kept', meaning: 'a provider that would have to leave something out is not asked' },
  models: { handling: 'kept', meaning: 'further models, tried when the first fails' },
  route: { handling: 'kept', meaning: "OpenRouter's word for `models`" },
  provider: {
    handling: 'kept',
    meaning: 'who may be asked, in which order; conditions go on to providers that route among others themselves',
  },
} as const satisfies Readonly<Record<string, OwnField>>

/** The fields that no provider gets. */
export const keptFields = Object.entries(ownFields).flatMap(([name, { handling }]) =>
  handling === 'kept' ? [name] : [],
)
