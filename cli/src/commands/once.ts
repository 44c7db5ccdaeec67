import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { ApiFailure, Failure, ServerDown } from '../failure.ts'
import type { Session } from '../session.ts'

/** The option of commands that must not happen twice. */
export const withOnce = (command: Command): Command =>
  command.option('--idempotency-key <text>', 'repeated with the same text, it is done once and answered alike')

type Once = {
  readonly path: string
  readonly body: object
  readonly options: { readonly idempotencyKey?: string }
}

/** POSTs so that whoever lost the answer can repeat it without doing it twice. */
export async function postOnce<Body>(session: Session, client: Client, { path, body, options }: Once): Promise<Body> {
  const idempotencyKey = options.idempotencyKey ?? session.outside.makeId()
  try {
    return await client.send<Body>('POST', path, { body, idempotencyKey })
  } catch (error) {
    const isUnknown = error instanceof Failure && !(error instanceof ApiFailure || error instanceof ServerDown)
    if (!isUnknown) throw error
    const hint = `It may have been done. Repeat the command with --idempotency-key ${idempotencyKey}: then it is done once.`
    throw new Failure(`${error.message} ${hint}`, undefined, { cause: error })
  }
}
