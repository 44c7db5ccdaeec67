import { spawn } from 'node:child_process'
import { AppError } from '../../../core/errors.ts'
import type { Account } from './account.ts'

export type RunOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly account: Account | undefined
  readonly input: string
}

/** Nothing of our environment reaches PostgreSQL: PGDATA, PGPORT and their kin would change what it does. */
export const postgresEnvironment = { LC_ALL: 'C' }

const tailLines = 20

/** Runs a program to its end on the given input and returns what it printed; throws with its last words when it fails. */
export function runWithInput({ command, args, cwd, account, input }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, ...account, env: postgresEnvironment, stdio: 'pipe' })
    let output = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    child.stdin.on('error', () => {}) // It stopped reading: its exit code and words say why.
    child.stdin.end(input)
    child.on('error', (cause) => reject(new AppError('internal_error', { message: cause.message, cause })))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const words = complaints.trim().split('\n').slice(-tailLines).join('\n')
      reject(new AppError('internal_error', { message: `PostgreSQL ended with ${signal ?? code}: ${words}` }))
    })
  })
}
