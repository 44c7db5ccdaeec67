import type { AnswerHead } from './types.ts'

/** What a caller or the router may learn from an upstream's headers; everything else stays here. */
const handedOn = /^(content-type|date|retry-after|retry-after-ms|x-request-id|x-ratelimit-[a-z-]+)$/

export function withAllowedHeaders({ status, headers }: AnswerHead): AnswerHead {
  const kept = Object.entries(headers).filter(([name]) => handedOn.test(name))
  return { status, headers: Object.fromEntries(kept) }
}
