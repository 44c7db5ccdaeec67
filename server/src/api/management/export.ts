import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import { checked } from '../faults.ts'
import { type AnyRequest, read } from '../audit/perform.ts'
import { linesAnswer } from '../lines.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { accountThere } from './account-there.ts'
import { accountOperations, accountParams } from './accounts.ts'
import { auditOperations } from './audit.ts'
import { generationOperations } from './generations/index.ts'
import { invitationOperations } from './invitations.ts'
import { keyOperations } from './keys.ts'
import { ledgerOperations } from './ledger.ts'
import { memberOperations } from './members.ts'
import { movementOperations } from './movements.ts'
import { orderOperations } from './payments/orders.ts'
import { providerKeyOperations } from './provider-keys.ts'
import { webhookOperations } from './webhooks.ts'

const known: readonly AnyOperation[] = [
  ...[accountOperations, memberOperations, invitationOperations, keyOperations, providerKeyOperations],
  ...[webhookOperations, ledgerOperations, movementOperations, orderOperations, generationOperations, auditOperations],
].flat()

/** What an account has: the type of its lines, and the call of the API that shows the same. */
const parts = {
  account: 'getAccount',
  member: 'listMembers',
  invitation: 'listInvitations',
  key: 'listKeys',
  provider_key: 'listProviderKeys',
  webhook: 'listWebhooks',
  alerts: 'getAlerts',
  lot: 'listLots',
  movement: 'listMovements',
  order: 'listOrders',
  generation: 'listGenerations',
  audit: 'listAudit',
} as const

const exportAccount = operation({
  id: 'exportAccount',
  method: 'get',
  path: '/accounts/{id}/export',
  tag: 'Accounts',
  summary: 'Export everything that an account has, as JSON Lines',
  description:
    `Each line is \`{"type", "data"}\`. The first is of type \`export\`; then ${Object.keys(parts).join(', ')}, each as the ` +
    'call of the API shows it that lists them; the last, of type `end`, counts the lines before it. No secret is in it. ' +
    'Streamed, however much there is.',
  allowed: 'management',
  params: accountParams,
  answer: linesAnswer,
  run: async (request) => {
    const { id } = await accountThere(request.db, request.bearer, request.params.id)
    const head = { account_id: id, at: new Date(request.api.clock.nowMs()).toISOString() }
    return { fileName: 'redpill-account.jsonl', values: counted(head, accountLines(request, id)) }
  },
})

export const exportOperations: readonly AnyOperation[] = [exportAccount]

export type Line = { readonly type: string; readonly data: object }

/** Lines between a head and an end that says how many there are: whoever has it has all. */
export async function* counted(head: object, lines: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield { type: 'export', data: head }
  let count = 1
  for await (const line of lines) {
    count++
    yield line
  }
  yield { type: 'end', data: { lines: count } }
}

async function* accountLines(request: AnyRequest, accountId: Uuid): AsyncGenerator<Line> {
  for (const [type, id] of Object.entries(parts)) {
    const list = known.find((each) => each.id === id)!
    for await (const data of entriesOf(list, request, accountId)) yield { type, data }
  }
}

/** What a call of the API answers, to the end of its pages. */
async function* entriesOf(list: AnyOperation, request: AnyRequest, accountId: Uuid): AsyncGenerator<object> {
  const fields = list.query?.shape ?? {}
  const given = { account_id: accountId, limit: '200' }
  const asked = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(fields, name)))
  for (let cursor: string | undefined; ;) {
    const query = checked(list.query ?? z.object({}), cursor === undefined ? asked : { ...asked, cursor })
    const page = (await read(list, { ...request, query })) as Page
    yield* Array.isArray(page.data) ? page.data : [page.data]
    if (typeof page.next_cursor !== 'string') return
    cursor = page.next_cursor
  }
}

type Page = { readonly data: object | readonly object[]; readonly next_cursor?: string | null }
