import type { Command } from 'commander'
import type { Data, Offer } from '../answers.ts'
import type { Client } from '../client.ts'
import { ApiFailure } from '../failure.ts'
import { providerOf } from '../find.ts'
import { readAmount, readCount } from '../options.ts'
import { readList } from '../pages.ts'
import type { AddCommand, OpenSession } from '../session.ts'
import { table } from '../table.ts'
import { addFactOptions, type FactOptions, factsOf } from './facts.ts'
import { printList } from './lists.ts'

export const addOffers: AddCommand = (program, open) => {
  const offers = program.command('offers').description('which provider serves which model (needs the operator)')
  addList(offers, open)
  addAdd(offers, open)
  addRemove(offers, open)
}

function addList(offers: Command, open: OpenSession): void {
  offers
    .command('list')
    .description('list offers')
    .option('--model <id>', 'of this model only')
    .option('--provider <name>', 'of this provider only')
    .option('--limit <count>', 'at most so many', readCount, 100)
    .action(async (options: { model?: string; provider?: string; limit: number }, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const provider = options.provider === undefined ? undefined : await providerOf(client, options.provider)
      const query = { model_id: options.model, provider_id: provider?.id }
      printList(session, await readList<Offer>(client, '/api/v1/offers', query, options.limit), lines)
    })
}

function lines(offers: readonly Offer[]): string[] {
  const columns = ['model', 'provider', 'its name there', 'state', 'id'].map((title) => ({ title }))
  const rows = offers.map((offer) => [
    offer.model_id,
    offer.provider_name,
    offer.upstream_model,
    offer.disabled ? 'disabled' : offer.available ? 'on' : 'not found',
    offer.id,
  ])
  return table(columns, rows)
}

type AddOptions = FactOptions & {
  readonly as?: string
  readonly input?: string
  readonly output?: string
  readonly request?: string
  readonly context?: number
  readonly embeddings?: true
  readonly rerank?: true
  readonly moderation?: true
}

function addAdd(offers: Command, open: OpenSession): void {
  const add = offers
    .command('add')
    .description(
      'offer a model through a provider; makes the model if it is new, and sets its prices if they are given',
    )
    .argument('<provider>', 'its name or id')
    .argument('<upstream-model>', "the provider's own name of the model")
    .option('--as <id>', 'what callers name it; else provider/upstream-model')
    .option('--input <usd>', 'price in USD per million input tokens', readAmount)
    .option('--output <usd>', 'price in USD per million output tokens', readAmount)
    .option('--request <usd>', 'price in USD per million requests (of a rerank: search units)', readAmount)
    .option('--context <tokens>', 'of a new model: how much it reads and writes together', readCount)
    .option('--embeddings', 'of a new model: it answers with vectors, not with text')
    .option('--rerank', 'of a new model: it ranks documents')
    .option('--moderation', 'of a new model: it tells what is harmful')
  addFactOptions(add)
    .option('--quantization <name>', 'the precision of its weights, such as fp8')
    .option('--concurrency <calls>', 'at most so many calls at once from each gateway process', readCount)
    .option('--per-minute <calls>', 'at most so many calls a minute from each gateway process', readCount)
    .action(async (name: string, upstreamModel: string, options: AddOptions, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const provider = await providerOf(client, name)
      const modelId = options.as ?? `${provider.name}/${upstreamModel}`.toLowerCase()
      await ensureModel(client, modelId, options)
      const { data: offer } = await client.send<Data<Offer>>('POST', '/api/v1/offers', {
        body: { model_id: modelId, provider_id: provider.id, upstream_model: upstreamModel, facts: factsOf(options) },
      })
      await setPrices(client, modelId, { input: options.input, output: options.output, request: options.request })
      session.terminal.print(...(session.json ? [JSON.stringify(offer, null, 2)] : lines([offer])))
    })
}

async function setPrices(client: Client, modelId: string, prices: Record<string, string | undefined>): Promise<void> {
  for (const [name, usd] of Object.entries(prices)) {
    if (usd === undefined) continue
    await client.send('POST', '/api/v1/prices', { body: { model_id: modelId, class: name, usd_per_million: usd } })
  }
}

async function ensureModel(client: Client, id: string, options: AddOptions): Promise<void> {
  try {
    await client.get(`/api/v1/models/${encodeModelId(id)}`)
  } catch (error) {
    if (!(error instanceof ApiFailure && error.status === 404)) throw error
    const { context } = options
    const answersWith = (['embeddings', 'rerank', 'moderation'] as const).filter((kind) => options[kind])
    const body = {
      id,
      ...(context !== undefined && { context_length: context }),
      ...(answersWith.length > 0 && { output_modalities: answersWith }),
    }
    await client.send('POST', '/api/v1/models', { body })
  }
}

/** Slashes are part of the path; whatever else stands in an id is not. */
const encodeModelId = (id: string): string => id.split('/').map(encodeURIComponent).join('/')

function addRemove(offers: Command, open: OpenSession): void {
  offers
    .command('remove')
    .description('stop offering')
    .argument('<id>', 'of the offer')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, terminal, json } = await open(command)
      await client('management').send('DELETE', `/api/v1/offers/${encodeURIComponent(id)}`)
      terminal.print(json ? JSON.stringify({ deleted: true, id }) : `Removed ${id}.`)
    })
}
