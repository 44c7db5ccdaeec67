import type { Schemas } from '../api/schema.ts'

/** A call as its receipt tells it. */
export type Call = Schemas['Generation']
/** One try of a call at one provider. */
export type Attempt = Call['attempts'][number]
