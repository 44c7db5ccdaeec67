const milliseconds = { type: 'integer' as const, minimum: 1, maximum: 999_999_999 }
const text = { type: 'string' as const }

/** Headers that every call of a model takes, as the OpenAPI document describes them. */
export const callHeaders = [
  {
    name: 'Idempotency-Key',
    in: 'header' as const,
    description: 'Requests with the same key and body are one call and at most one charge, for 24 hours.',
    schema: { ...text, minLength: 1, maxLength: 255 },
  },
  {
    name: 'X-RedPill-Cache',
    in: 'header' as const,
    description:
      '`1`: keep a whole answer, and give it again for nothing to equal requests of the account. ' +
      "OpenRouter's X-OpenRouter-Cache, -Cache-TTL and -Cache-Clear are the same.",
    schema: text,
  },
  {
    name: 'X-RedPill-Cache-TTL',
    in: 'header' as const,
    description: 'For how many seconds it is kept; 300 unless said.',
    schema: { type: 'integer' as const, minimum: 1, maximum: 86_400 },
  },
  {
    name: 'X-RedPill-Cache-Clear',
    in: 'header' as const,
    description: '`1`: forget what is kept for this request first.',
    schema: text,
  },
  {
    name: 'X-RedPill-Timeout-Ms',
    in: 'header' as const,
    description: 'How long the whole call may take; the operator may allow less.',
    schema: milliseconds,
  },
  {
    name: 'X-RedPill-First-Byte-Timeout-Ms',
    in: 'header' as const,
    description: 'How long each provider may take to begin its answer, before another one is asked.',
    schema: milliseconds,
  },
]
