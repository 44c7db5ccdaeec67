import type { BatchFigures } from './batches.ts'
import type { StartFigures } from './starts.ts'
import type { UsageFigures } from './usage.ts'

export type Measured = {
  readonly batches: BatchFigures
  readonly usage: UsageFigures
  readonly starts: StartFigures
}

export type Goal = {
  readonly name: string
  readonly value: number
  readonly bound: string
  readonly met: boolean
}

/** What the ledger has to reach on two processors, and whether it does. */
export function judge({ batches, usage, starts }: Measured): Goal[] {
  const { rows, reconciled } = batches
  const [many, hot, alone] = [rows['batch, many'], rows['batch, hot'], rows['batch, alone']]
  const reads = usage.readsMs
  const goals: Goal[] = []
  const atMost = (name: string, value: number, most: number) =>
    goals.push({ name, value, bound: `<= ${most}`, met: value <= most })
  const atLeast = (name: string, value: number, least: number) =>
    goals.push({ name, value, bound: `>= ${least}`, met: value >= least })
  atLeast('10,000 accounts, 64 callers, calls/s', many.callsPerSecond, 3_000)
  atMost('10,000 accounts, 64 callers, reserve p99, ms', many.p99Ms, 60)
  atLeast('one hot account, 64 callers, calls/s', hot.callsPerSecond, 6_000)
  atLeast('one hot account, of a function per operation', hot.callsPerSecond / rows['single, hot'].callsPerSecond, 20)
  atMost('64 callers, gateway us per call', many.gatewayUsPerCall, 40)
  atMost('64 callers, database us per call', many.databaseUsPerCall, 120)
  atMost('one caller, reserve p50, ms', alone.p50Ms, 2)
  atMost('money out of place afterwards', reconciled ? 0 : 1, 0)
  atMost('page of 50, biggest account, ms', reads['page of 50, biggest account']!, 10)
  atMost('biggest account, 30 days, ms', reads['biggest account, 30 days by key, day and model']!, 200)
  atMost('all accounts, 30 days, ms', reads['all accounts, 30 days by day and model']!, 20)
  atLeast('receipts inserted in thousands, rows/s', usage.insertRowsPerSecond, 25_000)
  atMost('bytes per receipt', usage.bytesPerRow['total']!, 220)
  atMost('embedded start, first, ms', starts.firstMs, 3_000)
  atMost('embedded start, warm, ms', starts.warmMs, 500)
  atMost('embedded start, after SIGKILL, ms', starts.killedMs, 2_000)
  return goals
}
