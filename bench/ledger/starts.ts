/** How long the embedded PostgreSQL takes until it answers: in an empty folder, again, and after it was killed. */
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, openDatabase, startEmbeddedPostgres } from '../../server/src/platform/database/index.ts'
import { clock, temporaryFolder } from './cluster.ts'
import { medians } from './statistics.ts'

export type StartFigures = { readonly firstMs: number; readonly warmMs: number; readonly killedMs: number }

export async function measureStarts(rounds: number): Promise<StartFigures> {
  const taken: StartFigures[] = []
  for (let round = 0; round < rounds; round++) taken.push(await measureOnce())
  return medians(taken)
}

async function measureOnce(): Promise<StartFigures> {
  const dataDir = await temporaryFolder()
  const start = () => startEmbeddedPostgres({ dataDir, clock })
  const [first, firstMs] = await timed(start)
  await answer(first)
  await first.stop()
  const [again, warmMs] = await timed(start)
  await answer(again)
  const [, killedMs] = await timed(async () => {
    process.kill(again.pid(), 'SIGKILL')
    await answer(again)
  })
  await again.stop()
  await rm(dataDir, { recursive: true })
  return { firstMs, warmMs, killedMs }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startMs = clock.monotonicMs()
  return [await work(), clock.monotonicMs() - startMs]
}

/** Resolves when a new connection gets an answer. */
async function answer({ connection }: EmbeddedPostgres): Promise<void> {
  for (;;) {
    const database = openDatabase({ connection, poolSize: 1 })
    try {
      await database.pool.query('select 1')
      return
    } catch {
      await sleep(5)
    } finally {
      await database.close()
    }
  }
}
