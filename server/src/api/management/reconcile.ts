import { z } from '@hono/zod-openapi'
import { reconcile } from '../../credits/index.ts'
import { type AnyOperation, operation } from '../operation.ts'

const postReconcile = operation({
  id: 'reconcile',
  method: 'post',
  path: '/reconcile',
  tag: 'Ledger',
  summary: "Check the ledger's invariants",
  description: 'Reads one consistent state of the whole ledger; safe under load, slower the more was recorded.',
  allowed: 'operator',
  readsOnly: true,
  answer: z
    .object({
      ok: z.boolean(),
      invariants: z.array(z.object({ id: z.string(), promise: z.string(), ok: z.boolean(), detail: z.string() })),
    })
    .openapi('Reconciliation'),
  run: async ({ api }) => {
    const { ok, invariants } = await reconcile(api.database)
    return { ok, invariants: [...invariants] }
  },
})

export const reconcileOperations: readonly AnyOperation[] = [postReconcile]
