import { z } from '@hono/zod-openapi'
import { describeDatabase } from '../../platform/database/index.ts'
import { dataOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'

const getDatabase = operation({
  id: 'describeDatabase',
  method: 'get',
  path: '/database',
  tag: 'Ledger',
  summary: 'Tell what the database is',
  allowed: 'operator',
  answer: dataOf(
    z
      .object({
        version: z.string().openapi({ description: 'Of PostgreSQL.', example: '18.4' }),
        schema: z.string().openapi({ description: 'The newest migration that was applied.', example: '0001-ledger' }),
        time: timeText.openapi({ description: "The database's clock; expiries and limits are judged by it." }),
      })
      .openapi('DatabaseDescription'),
  ),
  run: async ({ api }) => {
    const { version, schema, now } = await describeDatabase(api.database)
    return { data: { version, schema, time: now.toISOString() } }
  },
})

export const databaseOperations: readonly AnyOperation[] = [getDatabase]
