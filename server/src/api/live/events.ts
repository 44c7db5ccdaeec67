import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { accountMeant } from '../auth.ts'
import { idField } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { eventsAnswer } from './answer.ts'

const listen = operation({
  id: 'listenToEvents',
  method: 'get',
  path: '/events',
  tag: 'Usage',
  summary: 'Hear what happens in an account, as server-sent events',
  description: `The stream goes on until its reader goes, the key or session that opened it may no longer see the account
(\`end\`, reason \`not_allowed\`) or the server stops (reason \`stopping\`: come again). Each event has a JSON object as its data:

- \`balance\` - what is available and what is held, as it stands; the first event, and whenever it changed
- \`hold\` - how many calls are under way and what they hold, and how many began and ended since the event before
- \`call\` - a call that ended, as \`GET /api/v1/generations\` lists it. A call that cost something is a movement of the ledger too
- \`ledger\` - any other movement, as \`GET /api/v1/accounts/{id}/ledger\` lists it
- \`key\` - what a key has spent, holds and has left
- \`order\` - a payment as it stands, as \`GET /api/v1/orders/{id}\` gets it; read them anew after the stream broke off
- \`reset\` - too much was missed: read everything anew

\`call\` and \`ledger\` have ids. Send the last one as \`Last-Event-ID\` (browsers do) and each event comes once, none is left out.`,
  allowed: 'management',
  query: z.strictObject({
    account_id: idField.optional().openapi({ description: 'Absent: the own account. The operator may name any.' }),
  }),
  answer: eventsAnswer,
  run: ({ api, bearer, query, following }) => {
    const accountId = accountMeant(bearer, query.account_id)
    return api.live.listen(
      {
        accountId,
        personId: bearer.session?.person.id,
        async mayListen() {
          try {
            return accountMeant(await following.admitAgain(), query.account_id) === accountId
          } catch (error) {
            if (error instanceof AppError && error.status < 500) return false
            throw error
          }
        },
      },
      following.lastEventId,
    )
  },
})

export const eventOperations: readonly AnyOperation[] = [listen]
