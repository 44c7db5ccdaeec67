import type { Goal, Measured } from './goals.ts'

/** Everything that was measured, for people. */
export function report({ batches, usage, starts }: Measured, goals: readonly Goal[]): string {
  const courses = Object.entries(batches.rows).map(([course, row]) => [
    course,
    row.callsPerSecond.toFixed(0),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.gatewayUsPerCall.toFixed(1),
    row.databaseUsPerCall.toFixed(1),
  ])
  const ratios = (['many', 'hot', 'alone'] as const).map((load) => {
    const [batch, single] = [batches.rows[`batch, ${load}`], batches.rows[`single, ${load}`]]
    const cpu = (row: typeof batch) => row.gatewayUsPerCall + row.databaseUsPerCall
    const [speed, cost] = [batch.callsPerSecond / single.callsPerSecond, cpu(single) / cpu(batch)]
    return `${load} ${speed.toFixed(1)}x the calls per second at 1/${cost.toFixed(1)} of the processor time`
  })
  const parts = Object.entries(usage.bytesPerRow).map(([part, bytes]) => [part, bytes.toFixed(1)])
  const reads = Object.entries(usage.readsMs).map(([read, ms]) => [read, ms.toFixed(2)])
  return [
    'Calls: reserve and settle; 64 callers on 10,000 accounts (many), on one (hot), and one caller (alone)',
    table(['', 'calls/s', 'p50 ms', 'p99 ms', 'gateway us', 'database us'], courses),
    `Batches against a function per operation: ${ratios.join('; ')}`,
    '',
    `Receipts: ${usage.rows} rows; the biggest account has ${usage.biggestAccountRows30Days} in 30 days`,
    table(['', 'ms'], reads),
    table(['', 'bytes/row'], parts),
    `Written at ${usage.fillRowsPerSecond.toFixed(0)} rows/s at once, ${usage.insertRowsPerSecond.toFixed(0)} rows/s in thousands; summed up by day at ${usage.sumUpRowsPerSecond.toFixed(0)} rows/s`,
    '',
    `Embedded PostgreSQL: first ${starts.firstMs.toFixed(0)} ms, warm ${starts.warmMs.toFixed(0)} ms, after SIGKILL ${starts.killedMs.toFixed(0)} ms`,
    '',
    table(
      ['goal', 'measured', 'bound', ''],
      goals.map(({ name, value, bound, met }) => [name, figure(value), bound, met ? 'met' : 'MISSED']),
    ),
  ].join('\n')
}

const figure = (value: number): string => value.toFixed(value < 100 ? 2 : 0)

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`
  return [line(head), ...rows.map(line), ''].join('\n')
}
