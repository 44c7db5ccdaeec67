import { text as readAll } from 'node:stream/consumers'
import type { Session } from './session.ts'

/** A secret as it was given; `-` reads it from standard input, where no list of processes shows it. */
export const secretOf = async (given: string, { outside }: Session): Promise<string> =>
  given === '-' ? (await readAll(outside.stdin)).trim() : given
