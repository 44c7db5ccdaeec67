import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { type NanoUsd, toUsd, zero } from '../../../core/money.ts'
import {
  advance,
  findOrder,
  listOrders,
  lockOrder,
  type Order,
  orderStates,
  type Question,
  questionsOf,
  railNames,
  reconcilePayments,
  settleByHand,
} from '../../../payments/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { noteChange } from '../../audit/note.ts'
import { invalid, notFound } from '../../faults.ts'
import { dataOf, idField, nameField, paidUsdField, timeText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import type { ApiOptions } from '../../options.ts'
import { pageFields, pageFrom, pageOf } from '../../pages.ts'
import { aboutOrder, idIn, orderParams, tag } from './orders.ts'
import { orderSchema, viewOf, viewsOf } from './order-view.ts'

const getAllOrders = operation({
  id: 'listAllOrders',
  method: 'get',
  path: '/orders',
  tag,
  summary: 'List payments of all accounts, newest first',
  allowed: 'operator',
  query: z.strictObject({
    ...pageFields,
    review: z.literal('true', { error: 'must be true' }).optional().openapi({
      description: 'Only those that the operator has to look at.',
    }),
    state: z.enum(orderStates).optional(),
    rail: z.enum(railNames).optional(),
    account_id: idField.optional(),
  }),
  answer: pageOf(orderSchema),
  run: async ({ api, db, query }) => {
    const { state, rail, account_id: accountId, review, cursor, limit } = query
    const search = { accountId, states: state && [state], rail, review: review === 'true', beforeId: idIn(cursor) }
    const rows = await listOrders(db, { ...search, limit: limit + 1 })
    const views = await viewsOf(api, db, rows, true)
    return pageFrom(views, limit, { entry: (view) => view, position: ({ id }) => [id] })
  },
})

const postResolve = operation({
  id: 'resolveOrder',
  method: 'post',
  path: '/orders/{id}/resolve',
  tag,
  summary: 'Decide about a payment that waits for the operator',
  description: `Of money that is not what was agreed: \`credit\` it (less the fee where nothing was credited yet), say that it was
sent back (\`refund\`; the note names how, such as a transaction), or leave it as it is (\`reject\`). Of a refund that a person sends:
\`refund\` says that it was sent, \`reject\` that it will not be, and its credits come back. The order's \`questions\` say what waits,
and which answers there are.`,
  allowed: 'operator',
  params: orderParams,
  body: z.strictObject({
    about: z
      .enum(['money', 'refund'], { error: 'must be money or refund' })
      .optional()
      .openapi({ description: 'Which of the `questions` is answered; needed where there are two.' }),
    action: z.enum(['credit', 'refund', 'reject'], { error: 'must be credit, refund or reject' }),
    amount_usd: paidUsdField.optional().openapi({
      description:
        'Of money. Absent: all that waits. Of what came in another currency what it is worth, before the fee, and not absent.',
    }),
    note: nameField.openapi({ description: 'Its payer reads it.' }),
  }),
  answer: dataOf(orderSchema),
  audit: 'itself',
  run: (request) => {
    const { api, params, body } = request
    return inTransaction(request.db, async (db) => {
      const order = await lockOrder(db, params.id)
      if (!order) throw notFound('order')
      const question = questionMeant(questionsOf(order), body)
      await resolve(api, db, order, { ...body, question })
      const after = (await findOrder(db, order.id)) ?? order
      const note = aboutOrder(after, { about: question.about, action: body.action, note: body.note })
      await noteChange(db, request, { action: 'resolveOrder', ...note })
      return { data: await viewOf(api, db, after, true) }
    })
  },
})

type Asked = { readonly about?: Question['about'] | undefined; readonly action: Question['actions'][number] }

/** The question that is answered, where the answer is one. */
function questionMeant(questions: readonly Question[], { about, action }: Asked): Question {
  const meant = questions.filter((each) => about === undefined || each.about === about)
  if (meant.length > 1) throw invalid('Two things of this payment wait: say which is decided.', 'about')
  const [question] = meant
  if (!question) throw new AppError('conflict', { message: 'Nothing of this payment waits for a decision.' })
  if (!question.actions.includes(action))
    throw new AppError('conflict', {
      message: `${question.why} What can be done is: ${question.actions.join(', ')}.`,
      param: 'action',
      metadata: { actions: [...question.actions] },
    })
  return question
}

type Resolving = Required<Pick<Asked, 'action'>> & {
  readonly question: Question
  readonly amount_usd?: NanoUsd | undefined
  readonly note: string
}

async function resolve(
  api: ApiOptions,
  db: Db,
  order: Order,
  { question, action, amount_usd: amount, note }: Resolving,
): Promise<void> {
  const { about, waiting, asksWorth } = question
  if (about === 'refund') {
    if (amount !== undefined) throw invalid('A refund is sent as it was asked for, or not at all.', 'amount_usd')
    const outcome = action === 'reject' ? ({ kind: 'refused', why: note } as const) : ({ kind: 'sent' } as const)
    if ((await settleByHand(db, order, outcome, api)) > zero) return
    throw new AppError('conflict', { message: 'Its rail is being asked just now.' })
  }
  if (asksWorth && action !== 'reject' && amount === undefined)
    throw invalid(`Say what the money is worth: at most ${toUsd(waiting)} USD, which was agreed.`, 'amount_usd')
  if (amount !== undefined && amount > waiting)
    throw new AppError('conflict', {
      message: `At most ${toUsd(waiting)} USD wait for a decision.`,
      param: 'amount_usd',
      metadata: { waiting_usd: toUsd(waiting) },
    })
  const at = new Date(api.clock.nowMs())
  const event = { key: `resolved:${api.makeId()}`, at, kind: 'resolved', action, amount, data: { note } } as const
  await advance(db, order.id, event, api)
}

const reconciliation = z
  .object({
    ok: z.boolean(),
    checked_at: timeText,
    parts: z.array(
      z.object({
        name: z.string().openapi({ description: '`orders`: orders against the ledger; else the rail.' }),
        problem: z.string().nullable().openapi({ description: 'Why it could not be asked.' }),
        checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
      }),
    ),
  })
  .openapi('PaymentReconciliation')

const getReconciliation = operation({
  id: 'reconcilePayments',
  method: 'get',
  path: '/payments/reconciliation',
  tag,
  summary: 'Compare payments with the ledger, and the ledger with what each rail says by itself',
  allowed: 'operator',
  answer: dataOf(reconciliation),
  run: async ({ api }) => {
    const parts = await reconcilePayments(api.database, api.payments)
    const data = {
      ok: parts.every(({ problem, checks }) => problem === undefined && checks.every(({ ok }) => ok)),
      checked_at: new Date(api.clock.nowMs()).toISOString(),
      parts: parts.map(({ name, problem = null, checks }) => ({ name, problem, checks: [...checks] })),
    }
    return { data }
  },
})

export const reviewOperations: readonly AnyOperation[] = [getAllOrders, postResolve, getReconciliation]
