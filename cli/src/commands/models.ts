import { grouped, isZero, perMillion } from '../amounts.ts'
import type { ListedModel, Page, Pricing } from '../answers.ts'
import type { AddCommand } from '../session.ts'
import { facts, table } from '../table.ts'

export const addModels: AddCommand = (program, open) => {
  program
    .command('models')
    .description('list the models that can be called now, with their prices')
    .argument('[filter]', 'only models with this in their id, name or alias; of a single one, all is shown')
    .action(async (filter: string | undefined, _options, command) => {
      const { client, terminal, json } = await open(command)
      const { data } = await client('none').get<Page<ListedModel>>('/v1/models')
      const models = data.filter((model) => isMeant(model, filter?.toLowerCase()))
      const [only] = models
      if (json) terminal.print(JSON.stringify({ data: models }, null, 2))
      else if (filter !== undefined && only && models.length === 1) terminal.print(...about(only))
      else if (only) printTable(models, terminal.print)
      else terminal.note(filter === undefined ? 'No model can be called: none has an offer with a price.' : 'No match.')
    })
}

function isMeant({ id, name, aliases }: ListedModel, filter: string | undefined): boolean {
  return filter === undefined || [id, name, ...aliases].some((text) => text.toLowerCase().includes(filter))
}

function printTable(models: readonly ListedModel[], print: (...lines: string[]) => void): void {
  const columns = ['USD/M in', 'USD/M out', 'credits/token in', 'credits/token out', 'context']
  const rows = models.map(({ id, pricing, pricing_credits: credits, context_length: context }) => [
    id,
    perMillion(priceOf(pricing, 'prompt')),
    perMillion(priceOf(pricing, 'completion')),
    priceOf(credits, 'prompt'),
    priceOf(credits, 'completion'),
    context === null ? '' : grouped(String(context)),
  ])
  print(...table([{ title: 'model' }, ...columns.map((title) => ({ title, align: 'right' }) as const)], rows))
}

const priceOf = (pricing: Pricing, name: string): string => pricing[name] ?? '0'

/** Everything that a person wants to know of one model; classes without a price of their own are left out. */
function about(model: ListedModel): string[] {
  const { pricing, pricing_credits: credits } = model
  const prices = Object.keys(pricing).filter((name) => !isZero(pricing[name] ?? '0'))
  return facts([
    ['model', model.id],
    ['name', model.name],
    ['aliases', model.aliases.join(', ') || undefined],
    ['context', model.context_length === null ? undefined : `${grouped(String(model.context_length))} tokens`],
    ['answers with', model.architecture.output_modalities.join(', ')],
    ...prices.map(
      (name) => [name, `${perMillion(pricing[name]!)} USD/M, ${priceOf(credits, name)} credits each`] as const,
    ),
    ['about', model.description],
  ])
}
