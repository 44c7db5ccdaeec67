import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * A program of Foundry from the package for this machine (its own launcher would need an install script), or undefined
 * where no such package is.
 */
export function foundryProgram(name: 'anvil' | 'forge'): string | undefined {
  const machine = process.arch === 'x64' ? 'amd64' : process.arch
  const system = process.platform
  try {
    const own = createRequire(createRequire(import.meta.url).resolve(`@foundry-rs/${name}/package.json`))
    const folder = dirname(own.resolve(`@foundry-rs/${name}-${system}-${machine}/package.json`))
    const program = join(folder, 'bin', system === 'win32' ? `${name}.exe` : name)
    return existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}
