import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const sources = import.meta.dirname

/** Where the benchmark keeps what it builds and installs; never committed. */
export const cacheDirectory = join(sources, '../../.cache/bench')

/** Compiles one of the C programs beside this file, once for each version of its source. Gives its path. */
export function compile(name: 'load-generator' | 'mock-upstream'): string {
  const files = [`${name}.c`, 'wire.h'].map((file) => join(sources, file))
  const version = createHash('sha256')
    .update(Buffer.concat(files.map((file) => readFileSync(file))))
    .digest('hex')
  const program = join(cacheDirectory, `${name}-${version.slice(0, 16)}`)
  if (existsSync(program)) return program
  mkdirSync(cacheDirectory, { recursive: true })
  // Under another name until it is whole: several processes may compile at once.
  const draft = `${program}.${process.pid}`
  try {
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', draft, files[0]!, '-lm'], { stdio: 'inherit' })
  } catch (cause) {
    throw new Error('The load generator and the mock upstream are C programs: this needs a C compiler (cc).', { cause })
  }
  renameSync(draft, program)
  return program
}
