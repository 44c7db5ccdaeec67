import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { grouped, isZero } from '../amounts.ts'
import type { Account, Data, IssuedKey, Key } from '../answers.ts'
import { wrongUsage } from '../failure.ts'
import { accountIdOf, keyIdOf } from '../find.ts'
import {
  type Moment,
  readAmountOrNone,
  readCacheSpan,
  readCount,
  readFutureOrNever,
  readNames,
  readSpanSeconds,
  shortTime,
} from '../options.ts'
import { readList } from '../pages.ts'
import { aboutRates, type RateOptions, ratesBody, withRates } from '../rates.ts'
import type { AddCommand, OpenSession, Session } from '../session.ts'
import { facts, table } from '../table.ts'
import { printList } from './lists.ts'
import { postOnce, withOnce } from './once.ts'

const windows = ['total', 'day', 'week', 'month']

export const addKeys: AddCommand = (program, open) => {
  const keys = program.command('keys').description('API keys: who may spend how much')
  addList(keys, open)
  addCreate(keys, open)
  addShow(keys, open)
  addEdit(keys, open)
  addRotate(keys, open)
  addDelete(keys, open)
}

function addList(keys: Command, open: OpenSession): void {
  keys
    .command('list')
    .description('list keys, newest first, with what they spent and have left')
    .option('--account <name>', 'of this account only (name or id)')
    .option('--limit <count>', 'at most so many', readCount, 100)
    .action(async (options: { account?: string; limit: number }, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const account = options.account === undefined ? undefined : await accountIdOf(client, options.account)
      const listed = await readList<Key>(client, '/api/v1/keys', { account_id: account }, options.limit)
      printList(session, listed, (entries) => [
        ...table(
          [
            { title: 'name' },
            { title: 'key' },
            { title: 'state' },
            { title: 'spent', align: 'right' },
            { title: 'limit', align: 'right' },
            { title: 'left', align: 'right' },
            { title: 'id' },
          ],
          entries.map((key) => [
            key.name,
            key.label,
            stateOf(key, session),
            grouped(key.spent_credits),
            limitOf(key) ?? '-',
            key.limit_left_credits === null ? '-' : grouped(key.limit_left_credits),
            key.id,
          ]),
        ),
      ])
    })
}

type Names = string[] | 'all'

const listOf = (names: Names): string[] | null => (names === 'all' ? null : names)

/** `default`: as the server is set. */
type Stored = 'on' | 'off' | 'default'

type Bounds = RateOptions & {
  readonly models?: Names
  readonly providers?: Names
  readonly from?: Names
  readonly limit?: string
  readonly window?: string
  readonly callCap?: string
  readonly cache?: number | 'off'
  readonly storeAnswers?: Stored
  readonly expires?: Moment | (() => null)
}

/** The options that bound a key, alike at its creation and later. */
const withBounds = (command: Command): Command =>
  withRates(command)
    .option('--limit <credits>', 'the most it may spend in its window; none for no limit', readAmountOrNone)
    .addOption(command.createOption('--window <window>', 'when the limit begins anew (UTC calendar)').choices(windows))
    .option('--call-cap <credits>', 'the most that one call may cost; none for no cap', readAmountOrNone)
    .option('--models <patterns>', 'the models it may call, such as openai/*,local/nano; all', readNames)
    .option('--providers <names>', 'the providers that may serve it; all', readNames)
    .option('--from <networks>', 'from where it may be used, such as 10.0.0.0/8,203.0.113.7; all', readNames)
    .option('--cache <span>', 'its answers are cached for equal requests, so long; off', readCacheSpan)
    .addOption(
      command
        .createOption(
          '--store-answers <how>',
          'whether responses, and answers under an idempotency key, are stored for a day',
        )
        .choices(['on', 'off', 'default']),
    )
    .option('--expires <time>', 'when it stops working: a day, a time, a span such as 30d, or never', readFutureOrNever)

const boundsBody = (
  { limit, window, callCap, cache, storeAnswers, expires, models, providers, from, ...rates }: Bounds,
  { outside }: Session,
) => ({
  ...ratesBody(rates),
  ...(models !== undefined && { allowed_models: listOf(models) }),
  ...(providers !== undefined && { allowed_providers: listOf(providers) }),
  ...(from !== undefined && { allowed_addresses: listOf(from) }),
  ...(limit !== undefined && { limit_credits: limit === 'none' ? null : limit }),
  ...(window !== undefined && { limit_window: window }),
  ...(callCap !== undefined && { call_cap_credits: callCap === 'none' ? null : callCap }),
  ...(cache !== undefined && { cache_seconds: cache === 'off' ? null : cache }),
  ...(storeAnswers !== undefined && { store_answers: storeAnswers === 'default' ? null : storeAnswers === 'on' }),
  ...(expires !== undefined && { expires_at: expires(outside.clock.nowMs()) }),
})

type CreateOptions = Bounds & {
  readonly account?: string
  readonly management?: true
  readonly idempotencyKey?: string
}

function addCreate(keys: Command, open: OpenSession): void {
  const create = keys
    .command('create')
    .description('make a key; its secret is printed once, alone on standard output')
    .argument('<name>', 'what it is for')
    .option('--account <name>', "whose credits it spends (name or id); else those of the management key's own account")
    .option('--management', 'a key for the management API in place of one for models')
  withOnce(withBounds(create)).action(async (name: string, options: CreateOptions, command: Command) => {
    const session = await open(command)
    const { terminal, json } = session
    const client = session.client('management')
    const account = options.account === undefined ? undefined : await accountIdOf(client, options.account)
    const body = {
      name,
      ...(account !== undefined && { account_id: account }),
      ...(options.management && { kind: 'management' }),
      ...boundsBody(options, session),
    }
    const issued = await postOnce<IssuedKey>(session, client, { path: '/api/v1/keys', body, options })
    if (json) terminal.print(JSON.stringify(issued, null, 2))
    else {
      terminal.print(issued.key)
      terminal.note(...aboutKey(issued.data, session), 'Keep it: it cannot be shown again.')
      if (issued.data.kind === 'inference') await warnIfPoor(session, issued.data)
    }
  })
}

/** A key whose account has nothing to spend is refused at its first call; better said now. */
async function warnIfPoor(session: Session, { account_id: accountId }: Key): Promise<void> {
  const { data: account } = await session.client('management').get<Data<Account>>(`/api/v1/accounts/${accountId}`)
  if (!isZero(account.credits.available)) return
  session.terminal.note(
    `The account ${account.name} has no credits. Grant it some: redpill credits grant ${account.id} 1000000`,
  )
}

function addShow(keys: Command, open: OpenSession): void {
  keys
    .command('show')
    .description('show one key')
    .argument('<key>', 'its name or id')
    .action(async (key: string, _options: object, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      printKey(session, (await client.get<Data<Key>>(`/api/v1/keys/${await keyIdOf(client, key)}`)).data)
    })
}

type EditOptions = Bounds & { readonly name?: string; readonly disable?: true; readonly enable?: true }

function addEdit(keys: Command, open: OpenSession): void {
  const edit = keys
    .command('edit')
    .description('change a key; what is not named stays')
    .argument('<key>', 'its name or id')
    .option('--name <name>', 'another name')
    .addOption(keys.createOption('--disable', 'stop it from working').conflicts('enable'))
    .option('--enable', 'let it work again')
  withBounds(edit).action(async (key: string, options: EditOptions, command: Command) => {
    const session = await open(command)
    const client = session.client('management')
    const body = {
      ...(options.name !== undefined && { name: options.name }),
      ...((options.disable || options.enable) && { disabled: options.disable === true }),
      ...boundsBody(options, session),
    }
    if (Object.keys(body).length === 0) throw wrongUsage('Say what to change: redpill keys edit --help')
    const path = `/api/v1/keys/${await keyIdOf(client, key)}`
    printKey(session, (await client.send<Data<Key>>('PATCH', path, { body })).data)
  })
}

type RotateOptions = { readonly overlap: number; readonly idempotencyKey?: string }

function addRotate(keys: Command, open: OpenSession): void {
  const rotate = keys
    .command('rotate')
    .description('give a key a new secret, which is printed once; the one before works for a while longer')
    .argument('<key>', 'its name or id')
    .option('--overlap <span>', 'how long the secret before still works; 0 stops it at once', readSpanSeconds, 86_400)
  withOnce(rotate).action(async (key: string, options: RotateOptions, command: Command) => {
    const session = await open(command)
    const { terminal, json } = session
    const client = session.client('management')
    const path = `/api/v1/keys/${await keyIdOf(client, key)}/rotate`
    const body = { overlap_seconds: options.overlap }
    const issued = await postOnce<IssuedKey>(session, client, { path, body, options })
    if (json) return terminal.print(JSON.stringify(issued, null, 2))
    terminal.print(issued.key)
    terminal.note(...aboutKey(issued.data, session), 'Keep it: it cannot be shown again.')
  })
}

function addDelete(keys: Command, open: OpenSession): void {
  keys
    .command('delete')
    .description('delete a key: it stops working everywhere, what it did stays on record')
    .argument('<key>', 'its name or id')
    .option('--yes', 'do not ask')
    .action(async (key: string, options: { yes?: true }, command: Command) => {
      const session = await open(command)
      const client = session.client('management')
      const id = await keyIdOf(client, key)
      if (!options.yes && !(await isConfirmed(session, `Delete the key ${key} for good?`))) return
      await client.send('DELETE', `/api/v1/keys/${id}`)
      session.terminal.print(session.json ? JSON.stringify({ deleted: true, id }) : `Deleted ${id}.`)
    })
}

async function isConfirmed({ outside, terminal }: Session, question: string): Promise<boolean> {
  if (!terminal.canAsk) throw wrongUsage('There is nobody to ask: say --yes.')
  const reader = createInterface({ input: outside.stdin, output: outside.stdout })
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim())
  } finally {
    reader.close()
  }
}

function printKey(session: Session, key: Key): void {
  const { terminal, json } = session
  terminal.print(...(json ? [JSON.stringify(key, null, 2)] : aboutKey(key, session)))
}

const aboutKey = (key: Key, session: Session): string[] =>
  facts([
    ['name', key.name],
    ['key', key.label],
    ['id', key.id],
    ['account', key.account_id],
    ['kind', key.kind],
    ['state', stateOf(key, session)],
    ['made', shortTime(key.created_at)],
    ['expires', key.expires_at === null ? undefined : shortTime(key.expires_at)],
    ['limit', limitOf(key)],
    ['left', key.limit_left_credits === null ? undefined : grouped(key.limit_left_credits)],
    ['held', isZero(key.window_held_credits) ? undefined : grouped(key.window_held_credits)],
    ...aboutRates(key),
    ['models', key.allowed_models?.join(', ')],
    ['providers', key.allowed_providers?.join(', ')],
    ['from', key.allowed_addresses?.join(', ')],
    ['cache', key.cache_seconds === null ? undefined : `${grouped(String(key.cache_seconds))} s`],
    ['stores answers', key.store_answers === null ? undefined : key.store_answers ? 'yes' : 'no'],
    ['old secret', key.previous_secret_until === null ? undefined : `until ${shortTime(key.previous_secret_until)}`],
    ['call cap', key.call_cap_credits === null ? undefined : grouped(key.call_cap_credits)],
    ['spent', grouped(key.spent_credits)],
  ])

function stateOf({ disabled, expires_at: expiresAt, kind }: Key, { outside }: Session): string {
  if (disabled) return 'disabled'
  if (expiresAt !== null && Date.parse(expiresAt) <= outside.clock.nowMs()) return 'expired'
  return kind === 'management' ? 'management' : 'on'
}

const limitOf = ({ limit_credits: limit, limit_window: window }: Key): string | undefined =>
  limit === null ? undefined : `${grouped(limit)}${window === 'total' ? '' : `/${window}`}`
