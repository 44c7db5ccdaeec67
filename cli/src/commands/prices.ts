import type { Command } from 'commander'
import type { Data, Price } from '../answers.ts'
import { type Moment, readAmount, readCount, readFuture, shortTime } from '../options.ts'
import { readList } from '../pages.ts'
import type { AddCommand, OpenSession } from '../session.ts'
import { table } from '../table.ts'
import { printList } from './lists.ts'
import { postOnce, withOnce } from './once.ts'

export const addPrices: AddCommand = (program, open) => {
  const prices = program.command('prices').description('what callers pay (needs the operator)')
  addList(prices, open)
  addSet(prices, open)
}

function addList(prices: Command, open: OpenSession): void {
  prices
    .command('list')
    .description('list prices, past and future ones too, newest first')
    .argument('[model]', 'of this model only')
    .option('--limit <count>', 'at most so many', readCount, 100)
    .action(async (model: string | undefined, options: { limit: number }, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      printList(session, await readList<Price>(client, '/api/v1/prices', { model_id: model }, options.limit), lines)
    })
}

function lines(prices: readonly Price[]): string[] {
  const columns = [
    { title: 'model' },
    { title: 'class' },
    { title: 'USD/M', align: 'right' },
    { title: 'credits each', align: 'right' },
    { title: 'from (UTC)' },
    { title: 'source' },
    { title: 'offer' },
  ] as const
  const rows = prices.map((price) => [
    price.model_id,
    price.class,
    price.usd_per_million,
    price.credits_per_unit,
    shortTime(price.valid_from),
    price.source,
    price.offer_id ?? '',
  ])
  return table(columns, rows)
}

type SetOptions = { readonly offer?: string; readonly from?: Moment; readonly idempotencyKey?: string }

function addSet(prices: Command, open: OpenSession): void {
  const set = prices
    .command('set')
    .description('set a price; prices never change, so this one follows the others')
    .argument('<model>', 'such as openai/gpt-4o')
    .argument(
      '<class>',
      'input, cached_input, cache_write, output, reasoning, image, audio_input, audio_output, request',
    )
    .argument('<usd>', 'USD per million of them', readAmount)
    .option('--offer <id>', 'for this offer only')
    .option('--from <time>', 'since when: a day, a time, or a span such as 2d from now; else now', readFuture)
  withOnce(set).action(async (model: string, name: string, usd: string, options: SetOptions, command: Command) => {
    const session = await open(command)
    const body = {
      ...{ model_id: model, class: name, usd_per_million: usd },
      ...(options.offer !== undefined && { offer_id: options.offer }),
      ...(options.from !== undefined && { valid_from: options.from(session.outside.clock.nowMs()) }),
    }
    const once = { path: '/api/v1/prices', body, options }
    const { data } = await postOnce<Data<Price>>(session, session.client('management'), once)
    session.terminal.print(...(session.json ? [JSON.stringify(data, null, 2)] : lines([data])))
  })
}
