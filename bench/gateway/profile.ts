/** Where a gateway process spends its time: V8's .cpuprofile files, summed up. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
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

/**
 * Adds up self time by function; and by place: the room of this server, or the package, that ran or asked for what ran,
 * so that a write to a socket counts for whoever wrote. The first `skipUs` are left out: starting and warming up are
 * another matter. Paths are told from `root`.
 */
export function summarize(profile: CpuProfile, { root, skipUs }: { root: string; skipUs: number }): ProfileSummary {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const pathOf = (id: number) => nodes.get(id)!.callFrame.url.replace(`file://${root}/`, '').replace(`${root}/`, '')
  const functionOf = (id: number) => {
    const { functionName, lineNumber } = nodes.get(id)!.callFrame
    const path = pathOf(id)
    return `${functionName || '(anonymous)'}${path && ` ${path}:${lineNumber + 1}`}`
  }
  const placeOf = (id: number) => {
    const { functionName } = nodes.get(id)!.callFrame
    if (functionName.startsWith('(') && functionName !== '(anonymous)') return functionName
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const place = ownerOf(pathOf(at))
      if (place) return place
    }
    return 'node'
  }
  const byFunction = new Map<string, number>()
  const byPlace = new Map<string, number>()
  let elapsedUs = 0
  let busyUs = 0
  profile.samples.forEach((id, at) => {
    const us = profile.timeDeltas[at] ?? 0
    elapsedUs += us
    if (elapsedUs < skipUs || nodes.get(id)?.callFrame.functionName === '(idle)') return
    busyUs += us
    addTo(byFunction, functionOf(id), us)
    addTo(byPlace, placeOf(id), us)
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

/** A package, or a room of this server; `undefined` for Node.js and the engine. */
function ownerOf(path: string): string | undefined {
  const dependency = /node_modules\/(?:.*node_modules\/)?((?:@[^/]+\/)?[^/]+)/.exec(path)
  if (dependency) return dependency[1]!
  return path.startsWith('server/') ? path.split('/').slice(0, 3).join('/') : undefined
}
