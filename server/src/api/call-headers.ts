const text = { type: 'string' as const }

/** Headers that every call of a model takes, as the OpenAPI document describes them. */
export const callHeaders = [
  {
    name: 'Idempotency-Key',
    in: 'header' as const,
    description: 'Requests with the same key and body are one call and at most one charge, for 24 hours.',
    schema: { ...text, minLength: 1, maxLength: 255 },
  },
]
