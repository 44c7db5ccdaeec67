import { grouped, isZero } from '../amounts.ts'
import type { Data, Generation } from '../answers.ts'
import type { AddCommand } from '../session.ts'
import { facts, table } from '../table.ts'

export const addGeneration: AddCommand = (program, open) => {
  const generation = program
    .command('generation')
    .description('the receipt of one call')
    .argument('<id>', 'the x-generation-id of its answer: gen-...')
    .action(async (id: string, _options, command) => {
      const { client, terminal, json } = await open(command)
      const { data } = await client('any').get<Data<Generation>>('/v1/generation', { id })
      terminal.print(...(json ? [JSON.stringify(data, null, 2)] : lines(data)))
    })
  generation
    .command('cancel')
    .description('stop a call that is under way; what it has delivered is charged')
    .argument('<id>', 'the x-generation-id of its answer: gen-...')
    .action(async (id: string, _options, command) => {
      const { client, terminal, json } = await open(command)
      const path = `/v1/generation/${encodeURIComponent(id)}/cancel`
      const { data } = await client('any').send<Data<Generation>>('POST', path)
      terminal.print(...(json ? [JSON.stringify(data, null, 2)] : lines(data)))
    })
}

function lines(generation: Generation): string[] {
  const { attempts, units, latency, generation_time: totalMs } = generation
  const used = Object.entries(units).map(([name, count]) => `${grouped(String(count))} ${name}`)
  const columns = ['provider', 'outcome', 'status', 'ms', 'why it was tried'].map((title) => ({ title }))
  const tries = attempts.map((attempt) => [
    attempt.provider,
    attempt.outcome,
    attempt.status === null ? '' : String(attempt.status),
    String(Math.round(attempt.ms)),
    attempt.why,
  ])
  return [
    ...facts([
      ['generation', generation.id],
      ['state', generation.state + (generation.status === null ? '' : ` (${generation.status})`)],
      ['model', generation.model],
      ['provider', generation.provider_name ?? undefined],
      ['begun', generation.created_at],
      ['took', timing(latency, totalMs)],
      ['units', used.join(', ') || undefined],
      ['counted by', generation.usage_source],
      ['charged', `${grouped(generation.credits)} credits`],
      ['held', `${grouped(generation.held_credits)} credits`],
      [
        'shortfall',
        isZero(generation.shortfall_credits) ? undefined : `${grouped(generation.shortfall_credits)} credits`,
      ],
      [
        'balance then',
        generation.balance_after_credits === null ? undefined : grouped(generation.balance_after_credits),
      ],
      ['finish', generation.finish_reason ?? undefined],
      ['cut by', generation.cut_by ?? undefined],
      ['account', generation.account_id],
      ['key', generation.key_id],
      ['request', generation.request_id ?? undefined],
    ]),
    ...(tries.length > 0 ? ['', ...table(columns, tries)] : []),
  ]
}

function timing(firstMs: number | null, totalMs: number | null): string | undefined {
  if (totalMs === null) return undefined
  return `${grouped(String(totalMs))} ms${firstMs === null ? '' : `, ${grouped(String(firstMs))} to the first byte`}`
}
