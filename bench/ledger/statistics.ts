/** The value at a rank between 0 and 1, by nearest rank. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * rank))] ?? 0
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** Field by field. */
export function medians<Row extends Readonly<Record<string, number>>>(rows: readonly Row[]): Row {
  const names = Object.keys(rows[0]!)
  return Object.fromEntries(names.map((name) => [name, median(rows.map((row) => row[name]!))])) as Row
}
