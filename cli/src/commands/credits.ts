import type { Command } from 'commander'
import { grouped } from '../amounts.ts'
import type { Account, Data, Movement, OwnCredits, Transfer, Whoami } from '../answers.ts'
import { accountIdOf } from '../find.ts'
import { type Moment, readAmount, readCount, readFuture, shortTime } from '../options.ts'
import { readList } from '../pages.ts'
import type { AddCommand, OpenSession, Session } from '../session.ts'
import { facts, table } from '../table.ts'
import { printList } from './lists.ts'
import { postOnce, withOnce } from './once.ts'

const kinds = ['available', 'held', 'spent', 'purchased', 'granted', 'earned'] as const

type ShowOptions = { readonly account?: string; readonly ledger?: true; readonly limit: number }

export const addCredits: AddCommand = (program, open) => {
  const credits = program
    .command('credits')
    .description("the balance of the key's account, or of another one")
    .option('--account <name>', 'of this account (name or id; needs a management key)')
    .option('--ledger', 'list its movements, newest first (needs a management key)')
    .option('--limit <count>', 'at most so many movements', readCount, 20)
    .action(async (options: ShowOptions, command: Command) => {
      const session = await open(command)
      const account = await accountOf(session, options.account)
      if (options.ledger) await printLedger(session, account.id, options.limit)
      else printBalance(session, account)
    })
  addGrant(credits, open)
}

type Shown = {
  readonly id: string
  readonly name: string
  readonly frozen: boolean
  readonly credits: Account['credits']
}

/** The account that was named, else that of the inference key, which tells it of itself. */
async function accountOf(session: Session, name: string | undefined): Promise<Shown> {
  if (name !== undefined) {
    const client = session.client('management')
    const id = await accountIdOf(client, name)
    return (await client.get<Data<Account>>(`/api/v1/accounts/${id}`)).data
  }
  const client = session.client('inference')
  const [{ data: who }, { data: own }] = await Promise.all([
    client.get<Data<Whoami>>('/api/v1/whoami'),
    client.get<Data<OwnCredits>>('/v1/credits'),
  ])
  const credits = Object.fromEntries(kinds.map((kind) => [kind, own[`${kind}_credits`]])) as Account['credits']
  return { ...who.account, credits }
}

function printBalance({ terminal, json }: Session, { id, name, frozen, credits }: Shown): void {
  if (json) terminal.print(JSON.stringify({ account_id: id, name, frozen, credits }, null, 2))
  else {
    const amounts = kinds.map((kind) => [kind, grouped(credits[kind])] as const)
    const widest = Math.max(...amounts.map(([, amount]) => amount.length))
    terminal.print(
      ...facts([
        ['account', `${name} (${id})${frozen ? ', frozen' : ''}`],
        ...amounts.map(([kind, amount]) => [kind, amount.padStart(widest)] as const),
      ]),
    )
  }
}

async function printLedger(session: Session, accountId: string, limit: number): Promise<void> {
  const client = session.client('management')
  const listed = await readList<Movement>(client, `/api/v1/accounts/${accountId}/ledger`, {}, limit)
  printList(session, listed, (movements) =>
    table(
      [
        { title: 'time (UTC)' },
        { title: 'kind' },
        { title: 'credits', align: 'right' },
        { title: 'balance', align: 'right' },
        { title: 'reference' },
        { title: 'note' },
      ],
      movements.map(({ at, kind, credits, balance_after: balance, reference, note }) => [
        shortTime(at),
        kind,
        grouped(credits),
        grouped(balance),
        reference,
        note ?? '',
      ]),
    ),
  )
}

type GrantOptions = { readonly reason: string; readonly expires?: Moment; readonly idempotencyKey?: string }

function addGrant(credits: Command, open: OpenSession): void {
  const grant = credits
    .command('grant')
    .description('give an account credits (needs the operator)')
    .argument('<account>', 'its name or id')
    .argument('<credits>', 'how many: 1,000,000 are 0.50 USD', readAmount)
    .option('--reason <text>', 'stands on the ledger', 'granted by the operator')
    .option('--expires <time>', 'when what is left of them is gone: a day, a time, or a span such as 30d', readFuture)
  withOnce(grant).action(async (name: string, amount: string, options: GrantOptions, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const path = `/api/v1/accounts/${await accountIdOf(client, name)}/grants`
    const expires = options.expires === undefined ? {} : { expires_at: options.expires(session.outside.clock.nowMs()) }
    const body = { credits: amount, reason: options.reason, ...expires }
    const { data: transfer } = await postOnce<Data<Transfer>>(session, client, { path, body, options })
    const { credits: granted, balance_after: balance } = transfer
    if (session.json) session.terminal.print(JSON.stringify(transfer, null, 2))
    else session.terminal.print(`Granted ${grouped(granted)} credits; the balance is ${grouped(balance)}.`)
  })
}
