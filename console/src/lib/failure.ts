/** Why a request was not done, in the server's own words. `status` 0: it never reached the server. */
export type Failure = {
  readonly status: number
  readonly code: string
  readonly message: string
  /** The field it is about, if it is about one. */
  readonly param: string | undefined
  readonly requestId: string | undefined
  /** What the catalogue of errors adds to the code. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}
