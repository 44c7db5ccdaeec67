/** Whole numbers grouped: '1,234,567'. */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US')

const sizes = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** A count for a narrow place: '950', '12.3k', '4.57M'. The exact one belongs in its title. */
export function formatCompact(count: number): string {
  const size = sizes.find(([least]) => Math.abs(count) >= least * 0.99995)
  if (!size) return formatCount(count)
  const value = count / size[0]
  const text = value.toFixed(Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2)
  return `${Number(text)}${size[1]}`
}

/** '850 ms', '1.24 s', '2 min 5 s'. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1_000)
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** '42.1 tokens/s'. */
export const formatRate = (perSecond: number): string =>
  `${perSecond < 99.95 ? perSecond.toFixed(1) : formatCount(perSecond)} tokens/s`

/** A share of one: '12.5 %', '<0.1 %'. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1 %'
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`
}

/** '1 call', '2 calls'. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`
