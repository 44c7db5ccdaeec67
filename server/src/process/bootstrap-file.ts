import { rename, writeFile } from 'node:fs/promises'
import type { FirstKeys } from '../accounts/index.ts'

/** What the first run leaves for programs to read. `consoleSignIn`: a link, until somebody came in by one. */
export type BootstrapFile = FirstKeys & { readonly url: string; readonly consoleSignIn: string | null }

/** Writes the file for its owner alone, whole or not at all. */
export async function writeBootstrapFile(path: string, contents: BootstrapFile): Promise<void> {
  const draft = `${path}.draft`
  await writeFile(draft, `${JSON.stringify(contents, null, 2)}\n`, { mode: 0o600, flush: true })
  await rename(draft, path)
}
