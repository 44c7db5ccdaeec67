import { addedMs, perEvent, type Goal, type Measured } from './goals.ts'
import type { ProfileSummary } from './profile.ts'
import type { Row, Rows } from './sections.ts'

type Column = readonly [title: string, cell: (row: Row, name: string) => string]

const figure = (value: number | undefined, digits = 1): string => (value === undefined ? '-' : value.toFixed(digits))

/** Everything that was measured, for people. */
export function report(measured: Measured, goals: readonly Goal[]): string {
  const { calls, callsWide, streams, quiet, openStreams, memory, money } = measured
  const ofNginx = (rows: Rows, per: (row: Row) => number): Column => [
    'x nginx',
    (row, name) => (name === 'bare' || !rows['nginx'] ? '-' : figure(per(row) / per(rows['nginx']), 2)),
  ]
  const latency = (rows: Rows, what: 'latencyUs' | 'firstEventUs'): Column[] => [
    ['p50 ms', (row) => figure((row[what]?.p50 ?? 0) / 1_000, 2)],
    ['p99 ms', (row) => figure((row[what]?.p99 ?? 0) / 1_000, 2)],
    ['added p50', (_row, name) => figure(addedMs(rows, name, what, 'p50'), 2)],
    ['added p99', (_row, name) => figure(addedMs(rows, name, what, 'p99'), 2)],
  ]
  const costs: Column[] = [
    ['CPU us', (row) => figure(row.gatewayUsPerCall)],
    ['database us', (row) => figure(row.databaseUsPerCall)],
    ['mock+load us', (row) => figure(row.mockUsPerCall + row.loadUsPerCall)],
  ]
  const ends: Column[] = [
    ['errors', (row) => String(row.errors)],
    ['foreign', (row) => `${figure(row.foreignShare * 100, 0)} %`],
  ]
  return [
    ...Object.entries({ 64: calls, 256: callsWide }).map(([connections, rows]) =>
      section(`Whole calls, ${connections} connections, closed loop (per call)`, rows, [
        ...costs,
        ofNginx(rows, (row) => row.gatewayUsPerCall),
        ['calls/s', (row) => figure(row.callsPerSecond, 0)],
        ['p50 ms', (row) => figure((row.latencyUs?.p50 ?? 0) / 1_000)],
        ['p99 ms', (row) => figure((row.latencyUs?.p99 ?? 0) / 1_000)],
        ...ends,
      ]),
    ),
    section('Streams of 50 chunks, 20 ms apart, 100 at once (per stream)', streams, [
      ...costs,
      ['CPU us/chunk', (row) => figure(perEvent(row))],
      ofNginx(streams, perEvent),
      ['first p50 ms', (row) => figure((row.firstEventUs?.p50 ?? 0) / 1_000)],
      ...ends,
    ]),
    section('Whole calls at 100 a second', quiet.calls, [...latency(quiet.calls, 'latencyUs'), ...costs, ...ends]),
    section('First event of a stream, 10 streams a second', quiet.streams, [
      ...latency(quiet.streams, 'firstEventUs'),
      ...ends,
    ]),
    'Open streams',
    ...Object.entries(openStreams).map(
      ([name, { streams: count, kibPerStream, residentKibOpen, window }]) =>
        `  ${name.padEnd(34)} ${count} open: ${figure(kibPerStream)} KiB each, ${figure(residentKibOpen / 1_024, 0)} MiB ` +
        `in all, ${figure((window.gatewayUsPerCall * window.calls) / window.events)} us per chunk, ${window.errors} errors`,
    ),
    '',
    `Memory over ${memory.calls} calls: ${figure(memory.residentKib[0]! / 1_024, 0)} MiB after the first part, ` +
      `${figure(memory.residentKib.at(-1)! / 1_024, 0)} MiB after the last`,
    ...money.map(
      (check) =>
        `Money: ${check.callsAnswered} calls x ${check.creditsPerCall} = ${check.expectedCredits} credits; ` +
        `${check.spentCredits} spent, ${check.heldCredits} held; broken: ${check.invariantsBroken.join(' ') || 'nothing'}`,
    ),
    '',
    ...goals.map(
      ({ name, value, bound, met }) => `${met ? 'met   ' : 'MISSED'} ${name.padEnd(52)} ${figure(value, 2)} (${bound})`,
    ),
    '',
  ].join('\n')
}

/** Where the gateway's time goes. */
export const reportProfile = (title: string, { places, functions }: ProfileSummary): string =>
  [
    `${title}: self time by place`,
    ...places.slice(0, 20).map(({ name, percent }) => `  ${figure(percent).padStart(5)} %  ${name}`),
    `${title}: self time by function`,
    ...functions.slice(0, 20).map(({ name, percent }) => `  ${figure(percent).padStart(5)} %  ${name}`),
    '',
  ].join('\n')

function section(title: string, rows: Rows, columns: readonly Column[]): string {
  const table = [
    ['', ...columns.map(([heading]) => heading)],
    ...Object.entries(rows).map(([name, row]) => [name, ...columns.map(([, cell]) => cell(row, name))]),
  ]
  const widths = table[0]!.map((_, at) => Math.max(...table.map((line) => line[at]!.length)))
  const lines = table.map((line) =>
    line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  )
  return [title, ...lines.map((line) => `  ${line}`), ''].join('\n')
}
