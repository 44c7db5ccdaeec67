type Run = { readonly at: string; readonly ms: number; readonly error: string | null }
type State = { readonly runs: number; readonly failures: number; readonly last: Run | null }
type Job = { readonly processes: readonly State[] }

/** The run that ended last in any process. */
export const lastRun = ({ processes }: Job): Run | undefined =>
  processes.flatMap(({ last }) => last ?? []).toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))[0]

/** Of all processes together. */
export const countOf = ({ processes }: Job, what: 'runs' | 'failures'): number =>
  processes.reduce((sum, state) => sum + state[what], 0)

const units = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** '5 seconds', 'minute', '24 hours' is 'day'. */
export function intervalWords(seconds: number): string {
  const [size, name] = units.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, 'second']
  const count = seconds / size
  return count === 1 ? name : `${count} ${name}s`
}
