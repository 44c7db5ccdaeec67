import type { Command } from 'commander'
import type { Data, Page, Provider, ProviderTest } from '../answers.ts'
import type { Client } from '../client.ts'
import { Failure, failureText } from '../failure.ts'
import { providerOf } from '../find.ts'
import { secretOf } from '../secret-input.ts'
import type { AddCommand, OpenSession } from '../session.ts'
import { table } from '../table.ts'
import { addFactOptions, type FactOptions, factsOf } from './facts.ts'
import { postOnce, withOnce } from './once.ts'

export const addProviders: AddCommand = (program, open) => {
  const providers = program.command('providers').description('where models are called upstream (needs the operator)')
  addList(providers, open)
  addAdd(providers, open)
  addTest(providers, open)
  addRemove(providers, open)
}

function addList(providers: Command, open: OpenSession): void {
  providers
    .command('list')
    .description('list providers')
    .action(async (_options: object, command: Command) => {
      const session = await open(command)
      const { data } = await session.client('management').get<Page<Provider>>('/api/v1/providers')
      session.terminal.print(...(session.json ? [JSON.stringify({ data }, null, 2)] : lines(data)))
    })
}

function lines(providers: readonly Provider[]): string[] {
  const columns = ['name', 'dialect', 'state', 'key', 'from', 'address', 'id'].map((title) => ({ title }))
  const rows = providers.map((provider) => [
    provider.name,
    provider.dialect,
    provider.disabled ? 'disabled' : provider.available ? 'on' : 'not found',
    provider.has_api_key ? 'yes' : 'no',
    provider.source,
    provider.base_url,
    provider.id,
  ])
  return table(columns, rows)
}

type AddOptions = FactOptions & {
  readonly dialect?: string
  readonly baseUrl?: string
  readonly apiKey?: string
  readonly allowPrivate?: true
  readonly idempotencyKey?: string
}

function addAdd(providers: Command, open: OpenSession): void {
  const add = providers
    .command('add')
    .description('add a provider; then offer its models: redpill offers add')
    .argument('<name>', 'stands in receipts, such as my-vllm')
    .option('--dialect <dialect>', 'what it speaks: openai, groq, vllm, ...; else compatible')
    .option('--base-url <address>', 'such as https://api.example.com/v1; some dialects have a usual one')
    .option('--api-key <secret>', 'its key; - reads it from standard input, where no list of processes shows it')
    .option('--allow-private', 'it may be on this machine or in this network')
  withOnce(addFactOptions(add)).action(async (name: string, options: AddOptions, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const body = {
      name,
      ...(options.dialect !== undefined && { dialect: options.dialect }),
      ...(options.baseUrl !== undefined && { base_url: options.baseUrl }),
      ...(options.apiKey !== undefined && { api_key: await secretOf(options.apiKey, session) }),
      ...(options.allowPrivate && { allow_private: true }),
      facts: factsOf(options),
    }
    const { data } = await postOnce<Data<Provider>>(session, client, { path: '/api/v1/providers', body, options })
    session.terminal.print(...(session.json ? [JSON.stringify(data, null, 2)] : lines([data])))
  })
}

function addTest(providers: Command, open: OpenSession): void {
  providers
    .command('test')
    .description(
      'ask a provider for its models, to see whether its address and key are right; all of them, unless named',
    )
    .argument('[provider]', 'its name or id')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const tested = await testProviders(client, name === undefined ? undefined : await providerOf(client, name))
      if (session.json) session.terminal.print(JSON.stringify({ data: tested }, null, 2))
      else session.terminal.print(...testLines(tested, name !== undefined))
      const failed = tested.filter(({ ok }) => !ok).length
      if (failed > 0) throw new Failure(`${failed} of ${tested.length} providers failed.`)
    })
}

export type Tested = ProviderTest & { readonly provider: string }

/** Tests one provider, or all that are on; all at once. */
export async function testProviders(client: Client, only: Provider | undefined): Promise<readonly Tested[]> {
  const all = only ? [only] : (await client.get<Page<Provider>>('/api/v1/providers')).data
  return Promise.all(
    all
      .filter(({ disabled, id }) => !disabled || id === only?.id)
      .map(async ({ id, name }) => {
        try {
          const { data } = await client.send<Data<ProviderTest>>('POST', `/api/v1/providers/${id}/test`)
          return { provider: name, ...data }
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          return { provider: name, ok: false, models: [], why: failureText(error) }
        }
      }),
  )
}

function testLines(tested: readonly Tested[], withModels: boolean): string[] {
  const columns = ['provider', 'answers', 'with'].map((title) => ({ title }))
  const rows = tested.map(({ provider, ok, models, why }) => [
    provider,
    ok ? 'yes' : 'no',
    ok ? `${models.length} models` : (why ?? ''),
  ])
  return [...table(columns, rows), ...(withModels ? tested.flatMap(({ models }) => models) : [])]
}

function addRemove(providers: Command, open: OpenSession): void {
  providers
    .command('remove')
    .description('remove a provider that no offer uses')
    .argument('<provider>', 'its name or id')
    .action(async (name: string, _options: object, command: Command) => {
      const { client: clientOf, terminal, json } = await open(command)
      const client = clientOf('management')
      const { id } = await providerOf(client, name)
      await client.send('DELETE', `/api/v1/providers/${id}`)
      terminal.print(json ? JSON.stringify({ deleted: true, id }) : `Removed ${name}.`)
    })
}
