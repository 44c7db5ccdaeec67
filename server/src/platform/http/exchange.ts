/**
 * One HTTP request and its answer, as the hot path sees it. This is the border behind which the HTTP server can be
 * replaced: the gateway knows no other.
 */
export type Exchange = {
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** Who is at the other end, behind proxies that are trusted. */
  readonly remoteAddress: string
  /** A request header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  /** One that a trusted proxy set; `undefined` where none passed the request on, whatever the caller wrote. */
  readonly proxyHeader: (name: string) => string | undefined
  /** Reads the body once, at most `bytesMax`. */
  readonly readBody: (bytesMax: number) => Promise<BodyRead>
  /** Answers whole. Only the first of `send` and `begin` has an effect, and none after the caller is gone. */
  readonly send: (status: number, headers: AnswerHeaders, body: string | Buffer) => void
  /** Begins an answer in pieces. */
  readonly begin: (status: number, headers: AnswerHeaders) => void
  /** Adds a piece; `false` asks to wait for `onDrain`. */
  readonly write: (piece: string | Buffer) => boolean
  readonly end: () => void
  /** Breaks the connection, so that the caller cannot take a cut answer for a whole one. */
  readonly destroy: () => void
  readonly onDrain: (listener: () => void) => void
  /** Called once if the caller goes before the answer has ended; at once if it is gone already. */
  readonly onAbort: (listener: () => void) => void
}

export type AnswerHeaders = Readonly<Record<string, string | number>>

export type BodyRead =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** The caller went, or was too slow, before the whole body had come. */
  | { readonly kind: 'aborted' }
