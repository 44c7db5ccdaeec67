/** Where a gateway process spends its time: V8's .cpuprofile files, summed up. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export type Share = { readonly name: string; readonly percent: number }

/** Parts of the busy time, largest first. Time that the process slept is left out. */
export type ProfileSummary = { readonly functions: readonly Share[]; readonly places: readonly Share[] }

const functionsShown = 30
const percentLeast = 0.5

/** Reads the largest profile of a folder: the main thread's, where worker threads left theirs too. */
export function readProfile(folder: string): CpuProfile {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
  const largest = profiles.toSorted((a, b) => b.length - a.length)[0]
  if (largest === undefined) throw new Error('The gateway left no profile.')
  return JSON.parse(largest) as CpuProfile
}

/** Adds up self time by function, and by place (a room of this server, a package, Node.js, the engine). */
export function summarize(profile: CpuProfile, root: string): ProfileSummary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byFunction = new Map<string, number>()
  const byPlace = new Map<string, number>()
  let busyUs = 0
  profile.samples.forEach((id, at) => {
    const frame = frames.get(id)
    const us = profile.timeDeltas[at] ?? 0
    if (!frame || frame.functionName === '(idle)') return
    busyUs += us
    const path = frame.url.replace(`file://${root}/`, '')
    const name = frame.functionName || '(anonymous)'
    const line = path === '' ? '' : ` ${path}:${frame.lineNumber + 1}`
    addTo(byFunction, name + line, us)
    addTo(byPlace, placeOf(path, name), us)
  })
  const shares = (sums: ReadonlyMap<string, number>): Share[] =>
    [...sums]
      .map(([name, us]) => ({ name, percent: Math.round((us / busyUs) * 1_000) / 10 }))
      .toSorted((a, b) => b.percent - a.percent)
      .filter(({ percent }) => percent >= percentLeast)
  return { functions: shares(byFunction).slice(0, functionsShown), places: shares(byPlace) }
}

function addTo(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us)
}

function placeOf(path: string, functionName: string): string {
  if (path === '') return functionName.startsWith('(') ? functionName : 'native'
  if (path.startsWith('node:')) return path.split('/').slice(0, 2).join('/')
  const dependency = /node_modules\/(?:.*node_modules\/)?((?:@[^/]+\/)?[^/]+)/.exec(path)
  if (dependency) return dependency[1]!
  return path.split('/').slice(0, 3).join('/')
}
