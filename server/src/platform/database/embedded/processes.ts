import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process and the words that it was started with. */
export type Process = { readonly pid: number; readonly words: string }

const isLinux = process.platform === 'linux'

/** What stands between the words of a command line: Linux keeps them apart. */
export const wordSeparator = isLinux ? '\0' : ' '

/** The words of a live process, separated by `wordSeparator`; `undefined` for none, and for one that died unburied. */
export async function wordsOf(pid: number): Promise<string | undefined> {
  const words = isLinux
    ? (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replace(/\0+$/, '')
    : ((await listProcesses(['-p', String(pid)]))[0]?.words ?? '')
  return words === '' ? undefined : words
}

/** Asked many times a second, so where the system keeps a file of it in memory, that is read at once: proc_pid_stat(5). */
export async function isAlive(pid: number): Promise<boolean> {
  if (!isLinux) return (await wordsOf(pid)) !== undefined
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything; after it comes the state, of which Z and X are the dead ones.
    return !/^[ZX]/.test(line.slice(line.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** Whether that process stands in that folder; `false` where the system does not tell. */
export async function standsIn(pid: number, folder: string): Promise<boolean> {
  const [place, wanted] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(folder)])
  return place?.ino === wanted.ino && place.dev === wanted.dev
}

/** The live processes whose words contain a text. */
export async function processesWith(text: string): Promise<Process[]> {
  if (!isLinux) return (await listProcesses(['-ax'])).filter(({ words }) => words.includes(text))
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const found = await Promise.all(pids.map(async (pid) => ({ pid, words: (await wordsOf(pid)) ?? '' })))
  return found.filter(({ words }) => words.includes(text))
}

/** Sends a signal, unless the process is gone already or somebody else's. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as { code?: string }).code ?? '')) throw error
  }
}

async function listProcesses(selection: readonly string[]): Promise<Process[]> {
  const ps = promisify(execFile)('ps', [...selection, '-ww', '-o', 'pid=,command='])
  const { stdout } = await ps.catch(() => ({ stdout: '' })) // Its way to say that there is none.
  return stdout.split('\n').flatMap((line) => {
    const [, pid, words = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return pid ? [{ pid: Number(pid), words }] : []
  })
}
