import type { Command } from 'commander'

/** What the router decides by; see docs/routing.md. */
export type FactOptions = {
  readonly region?: string
  readonly zdr?: true
  /** `false` once `--no-data-collection` was given. */
  readonly dataCollection?: boolean
  readonly quantization?: string
  readonly concurrency?: number
  readonly perMinute?: number
}

export const addFactOptions = (command: Command): Command =>
  command
    .option('--region <name>', 'where it runs, such as eu-west-1')
    .option('--zdr', 'nothing of a call is kept there (zero data retention)')
    .option('--no-data-collection', 'prompts are not trained on there')

export const factsOf = (options: FactOptions): Record<string, unknown> => ({
  ...(options.region !== undefined && { region: options.region }),
  ...(options.zdr && { zdr: true }),
  ...(options.dataCollection === false && { data_collection: 'deny' }),
  ...(options.quantization !== undefined && { quantization: options.quantization }),
  ...(options.concurrency !== undefined && { concurrency_max: options.concurrency }),
  ...(options.perMinute !== undefined && { requests_per_minute_max: options.perMinute }),
})
