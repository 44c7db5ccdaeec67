/** What Linux tells of processes and processors: proc(5), taskset(1). */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** Which processor each part is bound to. With two, the database shares the second one with load and mock. */
export const processors = { gateway: 0, load: 1, database: cpus().length > 2 ? 2 : 1 }

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** The command line that starts a program bound to one processor. */
export const onProcessor = (processor: number, command: string, args: readonly string[]): [string, string[]] => [
  'taskset',
  ['-c', String(processor), command, ...args],
]

/** Binds a process, all its threads and its living children. */
export function bindTree(pid: number, processor: number): void {
  for (const each of treeOf(pid)) execFileSync('taskset', ['-a', '-p', '-c', String(processor), String(each)])
}

/** A process and its living descendants; those below `without` and itself are left out. */
export function treeOf(root: number, without?: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const pid = Number(name)
    const parent = statOf(pid)?.parent
    if (parent !== undefined && pid !== without) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Seconds of processor time that a process and its children have used, those that ended included. */
export function treeSeconds(root: number, without?: number): number {
  const ticks = treeOf(root, without).map((pid) => {
    const stat = statOf(pid)
    if (!stat) return 0
    return stat.own + (pid === root ? stat.ofEndedChildren : 0)
  })
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond
}

type Stat = { readonly parent: number; readonly own: number; readonly ofEndedChildren: number }

function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything, so fields are counted from its end.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (!fields) return undefined
  const [parent, user, system, childrenUser, childrenSystem] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]))
  return { parent: parent!, own: user! + system!, ofEndedChildren: childrenUser! + childrenSystem! }
}

/** Resident memory of a process in KiB. */
export function residentKib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')
  return Number(match?.[1] ?? 0)
}

/** Seconds that all processors together were busy since the machine started. */
export function busySeconds(): number {
  const fields = (read('/proc/stat') ?? '').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields
  return (user + nice + system + irq + softirq) / ticksPerSecond
}

export const describeMachine = () => ({
  processor: cpus()[0]?.model ?? 'unknown',
  processors: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  linux: release(),
  boundTo: processors,
})

/** Over the last minute. */
export const loadAverage = (): number => loadavg()[0]!

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // the process has ended
  }
}
