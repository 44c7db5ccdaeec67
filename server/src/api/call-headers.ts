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
