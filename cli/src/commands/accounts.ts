import type { Command } from 'commander'
import { grouped } from '../amounts.ts'
import type { Account, Data } from '../answers.ts'
import { accountIdOf } from '../find.ts'
import { readCount, shortTime } from '../options.ts'
import { readList } from '../pages.ts'
import { aboutRates, type RateOptions, ratesBody, withRates } from '../rates.ts'
import type { AddCommand, OpenSession, Session } from '../session.ts'
import { facts, table } from '../table.ts'
import { printList } from './lists.ts'
import { postOnce, withOnce } from './once.ts'

export const addAccounts: AddCommand = (program, open) => {
  const accounts = program.command('accounts').description('customers: who owns keys and credits (needs the operator)')
  addList(accounts, open)
  addCreate(accounts, open)
  addLimit(accounts, open)
  addFreeze(accounts, open, 'freeze', 'stop an account from starting calls; its balance stays')
  addFreeze(accounts, open, 'unfreeze', 'let a frozen account call again')
}

function addList(accounts: Command, open: OpenSession): void {
  accounts
    .command('list')
    .description('list accounts, newest first')
    .option('--limit <count>', 'at most so many', readCount, 100)
    .action(async (options: { limit: number }, command: Command) => {
      const session = await open(command)
      const listed = await readList<Account>(session.client('management'), '/api/v1/accounts', {}, options.limit)
      printList(session, listed, lines)
    })
}

function lines(accounts: readonly Account[]): string[] {
  const columns = [
    { title: 'name' },
    { title: 'state' },
    { title: 'available', align: 'right' },
    { title: 'held', align: 'right' },
    { title: 'spent', align: 'right' },
    { title: 'made (UTC)' },
    { title: 'id' },
  ] as const
  const rows = accounts.map(({ id, name, kind, frozen, credits, created_at: createdAt }) => [
    name,
    frozen ? 'frozen' : kind === 'operator' ? 'operator' : 'on',
    grouped(credits.available),
    grouped(credits.held),
    grouped(credits.spent),
    shortTime(createdAt),
    id,
  ])
  return table(columns, rows)
}

function addCreate(accounts: Command, open: OpenSession): void {
  const create = accounts.command('create').description('make an account').argument('<name>', 'of the customer')
  withOnce(create).action(async (name: string, options: { idempotencyKey?: string }, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const once = { path: '/api/v1/accounts', body: { name }, options }
    printAccount(session, (await postOnce<Data<Account>>(session, client, once)).data)
  })
}

function addLimit(accounts: Command, open: OpenSession): void {
  const limit = accounts
    .command('limit')
    .description('limit what an account may do per minute and at once; shows the limits when none is named')
    .argument('<account>', 'its name or id')
  withRates(limit).action(async (name: string, options: RateOptions, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const path = `/api/v1/accounts/${await accountIdOf(client, name)}`
    const body = ratesBody(options)
    const { data } =
      Object.keys(body).length === 0
        ? await client.get<Data<Account>>(path)
        : await client.send<Data<Account>>('PATCH', path, { body })
    const { terminal, json } = session
    terminal.print(...(json ? [JSON.stringify(data, null, 2)] : facts([['name', data.name], ...aboutRates(data)])))
  })
}

function addFreeze(accounts: Command, open: OpenSession, verb: 'freeze' | 'unfreeze', description: string): void {
  accounts
    .command(verb)
    .description(description)
    .argument('<account>', 'its name or id')
    .action(async (name: string, _options: object, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const path = `/api/v1/accounts/${await accountIdOf(client, name)}`
      const { data } = await client.send<Data<Account>>('PATCH', path, { body: { frozen: verb === 'freeze' } })
      printAccount(session, data)
    })
}

const printAccount = ({ terminal, json }: Session, account: Account): void =>
  terminal.print(...(json ? [JSON.stringify(account, null, 2)] : lines([account])))
