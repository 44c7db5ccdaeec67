import { z } from '@hono/zod-openapi'
import { findAccount } from '../../accounts/index.ts'
import { callerOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'

const getWhoami = operation({
  id: 'whoami',
  method: 'get',
  path: '/whoami',
  tag: 'Your key',
  summary: 'Tell what a key is and may do',
  allowed: 'key',
  answer: dataOf(
    z
      .object({
        role: z.enum(['operator', 'manager', 'caller']).openapi({
          description: 'operator: everything; manager: its own account; caller: inference, and what it cost.',
        }),
        account: z.object({ id: z.string(), name: z.string(), frozen: z.boolean() }),
        key: z.object({ id: z.string(), name: z.string(), label: z.string() }),
      })
      .openapi('Whoami'),
  ),
  run: async ({ db, bearer }) => {
    const { key, accountId } = callerOf(bearer)
    const account = await findAccount(db, accountId)
    if (!account || bearer.role === 'nobody' || bearer.role === 'person') throw notFound('account')
    return {
      data: {
        role: bearer.role,
        account: { id: accountId, name: account.name, frozen: account.frozen },
        key: { id: key.id, name: key.name, label: key.label },
      },
    }
  },
})

export const whoamiOperations: readonly AnyOperation[] = [getWhoami]
