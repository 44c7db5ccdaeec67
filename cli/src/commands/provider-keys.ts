import type { Command } from 'commander'
import type { Data, Page, ProviderKey } from '../answers.ts'
import { accountIdOf } from '../find.ts'
import { shortTime } from '../options.ts'
import { secretOf } from '../secret-input.ts'
import type { AddCommand, OpenSession, Session } from '../session.ts'
import { table } from '../table.ts'
import { postOnce, withOnce } from './once.ts'

const path = '/api/v1/provider-keys'

export const addProviderKeys: AddCommand = (program, open) => {
  const keys = program
    .command('provider-keys')
    .description("accounts' own keys at providers, used before the operator's")
  addList(keys, open)
  addSet(keys, open)
  addDelete(keys, open)
}

function addList(keys: Command, open: OpenSession): void {
  keys
    .command('list')
    .description('list own keys, newest first; the keys themselves are never shown')
    .option('--account <name>', 'of this account only (name or id)')
    .action(async (options: { account?: string }, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const account = options.account === undefined ? undefined : await accountIdOf(client, options.account)
      const { data } = await client.get<Page<ProviderKey>>(path, { account_id: account })
      session.terminal.print(...(session.json ? [JSON.stringify({ data }, null, 2)] : lines(data)))
    })
}

type SetOptions = {
  readonly account?: string
  readonly apiKey: string
  readonly fallback: boolean
  readonly idempotencyKey?: string
}

function addSet(keys: Command, open: OpenSession): void {
  const set = keys
    .command('set')
    .description('keep an own key at a provider, in place of the one before')
    .argument('<provider>', 'its name, as receipts have it')
    .requiredOption(
      '--api-key <secret>',
      'the key; - reads it from standard input, where no list of processes shows it',
    )
    .option('--account <name>', "whose (name or id); else the management key's own account")
    .option('--no-fallback', "never use the operator's keys where this one failed")
  withOnce(set).action(async (provider: string, options: SetOptions, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const account = options.account === undefined ? undefined : await accountIdOf(client, options.account)
    const body = {
      provider,
      api_key: await secretOf(options.apiKey, session),
      fallback: options.fallback,
      ...(account !== undefined && { account_id: account }),
    }
    print(session, (await postOnce<Data<ProviderKey>>(session, client, { path, body, options })).data)
  })
}

function addDelete(keys: Command, open: OpenSession): void {
  keys
    .command('delete')
    .description('forget an own key')
    .argument('<id>', 'as the list shows it')
    .action(async (id: string, _options: object, command: Command) => {
      const session = await open(command)
      await session.client('management').send('DELETE', `${path}/${encodeURIComponent(id)}`)
      session.terminal.print(session.json ? JSON.stringify({ deleted: true, id }) : `Deleted ${id}.`)
    })
}

const print = ({ terminal, json }: Session, key: ProviderKey): void =>
  terminal.print(...(json ? [JSON.stringify(key, null, 2)] : lines([key])))

const lines = (keys: readonly ProviderKey[]): string[] =>
  table(
    [
      { title: 'provider' },
      { title: 'key' },
      { title: 'fallback' },
      { title: 'made (UTC)' },
      { title: 'account' },
      { title: 'id' },
    ],
    keys.map((key) => [
      key.provider,
      key.label,
      key.fallback ? 'yes' : 'no',
      shortTime(key.created_at),
      key.account_id,
      key.id,
    ]),
  )
