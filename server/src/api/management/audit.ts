import { z } from '@hono/zod-openapi'
import { isUuid, type Uuid } from '../../core/ids.ts'
import { type AuditRecord, type AuditSearch, type AuditTarget, auditTargets, listAudit } from '../../accounts/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Bearer, mayDo } from '../auth.ts'
import { type Cell, csvAnswer } from '../csv.ts'
import { idField, timeField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { timeIn, zoneField } from '../zone.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'

const tag = 'Audit'

const actors = ['person', 'key', 'system'] as const

const record = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    at: timeText,
    actor: z.object({
      kind: z.enum([...actors, 'operator']).openapi({
        description:
          '`operator`: whoever runs this server, told to customers without name; `system`: the server itself.',
      }),
      id: z.string().nullable(),
      name: z.string().nullable().openapi({ description: 'What the person or key is called now.' }),
      label: z.string().nullable().openapi({ description: "Of a key: its secret's first and last characters." }),
    }),
    address: z.string().nullable().openapi({ description: 'Told to whoever manages members.' }),
    request_id: z.string().nullable(),
    action: z
      .string()
      .openapi({ description: 'The operation of this API, or what the server did.', example: 'changeKey' }),
    target: z.object({ kind: z.enum(auditTargets), id: z.string().nullable() }),
    account_id: z.string().nullable(),
    before: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'Of what was changed, how it was.' }),
    after: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('AuditRecord')

type Told = z.input<typeof record>

const searchFields = {
  actor_id: idField.optional().openapi({ description: 'A person or a key.' }),
  actor: z.enum(actors, { error: `must be one of ${actors.join(', ')}` }).optional(),
  action: z
    .string()
    .regex(/^[A-Za-z-]{1,100}$/, { error: 'must be the id of an operation' })
    .optional(),
  target: z.enum(auditTargets, { error: `must be one of ${auditTargets.join(', ')}` }).optional(),
  target_id: z.string().min(1).max(200).optional(),
  from: timeField.optional(),
  to: timeField.optional().openapi({ description: 'Before then.' }),
}

type Asked = {
  readonly actor_id?: Uuid | undefined
  readonly actor?: (typeof actors)[number] | undefined
  readonly action?: string | undefined
  readonly target?: AuditTarget | undefined
  readonly target_id?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

const searchOf = (query: Asked): Omit<AuditSearch, 'limit'> => {
  const { actor_id: actorId, actor, action, target, target_id: targetId, from, to } = query
  return { actorId, actor, action, target, targetId, from, to }
}

const getAudit = operation({
  id: 'listAudit',
  method: 'get',
  path: '/accounts/{id}/audit',
  tag,
  summary: 'List who changed what in an account, newest first',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject({ ...pageFields, ...searchFields }),
  answer: pageOf(record),
  run: async ({ db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    return pageOfAudit(db, bearer, { ...searchOf(query), accountId }, query)
  },
})

const getAllAudit = operation({
  id: 'listAllAudit',
  method: 'get',
  path: '/audit',
  tag,
  summary: 'List who changed what anywhere on this server, newest first',
  allowed: 'operator',
  query: z.strictObject({ ...pageFields, ...searchFields, account_id: idField.optional() }),
  answer: pageOf(record),
  run: ({ db, bearer, query }) => pageOfAudit(db, bearer, { ...searchOf(query), accountId: query.account_id }, query),
})

const getAuditCsv = operation({
  id: 'exportAudit',
  method: 'get',
  path: '/accounts/{id}/audit.csv',
  tag,
  summary: 'Export the audit log of an account as CSV, under the filters of the list, newest first',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject({ zone: zoneField, ...searchFields }),
  answer: csvAnswer,
  run: async ({ db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const found = allAudit(db, { ...searchOf(query), accountId })
    return { fileName: 'redpill-audit.csv', rows: rowsOf(found, readerOf(bearer, accountId), query.zone) }
  },
})

export const auditOperations: readonly AnyOperation[] = [getAudit, getAllAudit, getAuditCsv]

type Page = { readonly limit: number; readonly cursor?: string | undefined }

async function pageOfAudit(db: Db, bearer: Bearer, search: Omit<AuditSearch, 'limit'>, { limit, cursor }: Page) {
  const [beforeId] = fromCursor(cursor, [isUuid]) ?? []
  const rows = await listAudit(db, { ...search, beforeId, limit: limit + 1 })
  const reader = readerOf(bearer, search.accountId)
  return pageFrom(rows, limit, { entry: (row) => auditInWords(row, reader), position: ({ id }) => [id] })
}

/** Every entry that matches, newest first, read in pages as they are taken. */
export async function* allAudit(db: Db, search: Omit<AuditSearch, 'limit'>): AsyncGenerator<AuditRecord> {
  const limit = 500
  for (let beforeId: Uuid | undefined; ;) {
    const rows: readonly AuditRecord[] = await listAudit(db, { ...search, beforeId, limit })
    yield* rows
    if (rows.length < limit) return
    beforeId = rows.at(-1)!.id
  }
}

/** What of the log is for the eyes of whoever reads it. */
type AuditReader = { readonly isOperator: boolean; readonly seesAddresses: boolean }

const readerOf = (bearer: Bearer, accountId: Uuid | undefined): AuditReader => ({
  isOperator: bearer.role === 'operator',
  seesAddresses: bearer.caller !== undefined || accountId === undefined || mayDo(bearer, 'members', accountId),
})

/** A customer is told that the operator did something, and not which of its people, with which key, from where. */
export function auditInWords(found: AuditRecord, { isOperator, seesAddresses }: AuditReader): Told {
  const { actor, accountId, actorName, actorLabel, origin, byOperator } = found
  const isHidden = byOperator && !isOperator
  return {
    id: found.id,
    at: found.at.toISOString(),
    actor: isHidden
      ? { kind: 'operator', id: null, name: null, label: null }
      : {
          kind: actor.kind,
          id: actor.kind === 'system' ? null : actor.id,
          name: actorName ?? null,
          label: actorLabel ?? null,
        },
    address: isHidden || !seesAddresses ? null : (origin?.address ?? null),
    request_id: origin?.requestId ?? null,
    action: found.action,
    target: { kind: found.target.kind, id: found.target.id ?? null },
    account_id: accountId ?? null,
    before: found.before ?? null,
    after: found.after ?? null,
  }
}

async function* rowsOf(found: AsyncIterable<AuditRecord>, reader: AuditReader, zone: string) {
  yield ['id', `time (${zone})`, ...Object.keys(columns)]
  for await (const each of found) {
    const told = auditInWords(each, reader)
    yield [each.id, timeIn(zone, each.at), ...Object.values(columns).map((column) => column(told))]
  }
}

const jsonOrNothing = (value: object | null): Cell => (value === null ? null : JSON.stringify(value))

const columns: Readonly<Record<string, (told: Told) => Cell>> = {
  actor: ({ actor }) => actor.kind,
  actor_id: ({ actor }) => actor.id,
  actor_name: ({ actor }) => actor.name,
  address: ({ address }) => address,
  request_id: ({ request_id: requestId }) => requestId,
  action: ({ action }) => action,
  target: ({ target }) => target.kind,
  target_id: ({ target }) => target.id,
  before: ({ before }) => jsonOrNothing(before),
  after: ({ after }) => jsonOrNothing(after),
}
