/** How the program ends: done, failed, asked wrongly, stopped by Ctrl-C (128 + SIGINT, as shells expect). */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** A sentence for the person at the terminal: it is shown without a stack. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

export const wrongUsage = (message: string): Failure => new Failure(message, exitCodes.usage)

/** The server does not answer at all. */
export class ServerDown extends Failure {
  readonly what: string
  /** How it is started. */
  readonly advice: string

  constructor(what: string, advice: string, options: ErrorOptions) {
    super(`${what}. ${advice}, or give another address with --url.`, exitCodes.failed, options)
    this.what = what
    this.advice = advice
  }
}

/** The server answered with an error of its catalogue. */
export class ApiFailure extends Failure {
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined

  constructor(answer: { message: string; status: number; code: string; requestId: string | undefined }) {
    super(answer.message)
    this.status = answer.status
    this.code = answer.code
    this.requestId = answer.requestId
  }
}

/** What is shown of a failure: the message, and for one of the API what its documentation and its log are searched by. */
export function failureText(failure: Failure): string {
  if (!(failure instanceof ApiFailure)) return failure.message
  const request = failure.requestId === undefined ? '' : `, request ${failure.requestId}`
  return `${failure.message} (${failure.code}${request})`
}

/** The same for programs: one line of JSON. */
export function failureJson(failure: Failure): string {
  const { message } = failure
  const more = failure instanceof ApiFailure ? { code: failure.code, request_id: failure.requestId ?? null } : {}
  return JSON.stringify({ error: { message, ...more } })
}
