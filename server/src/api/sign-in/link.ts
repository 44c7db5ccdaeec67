import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { makeOperatorLink, operatorLinkUrl, takeOperatorLink } from '../../accounts/index.ts'
import { consoleOrigin } from '../../platform/http/index.ts'
import { requireOwnPage } from '../browser.ts'
import { dataOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { signedIn, signIn, tag, toolsOf } from './tools.ts'

const useLink = operation({
  id: 'signInByLink',
  method: 'post',
  path: '/sign-in/link',
  tag,
  summary: 'Sign in with a link of the operator',
  description: 'The token is what stands behind `#link=` of the link. It works once.',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({ token: z.string().min(1).max(200) }),
  answer: signedIn,
  audit: 'itself',
  run: async ({ api, db, browser, body }) => {
    requireOwnPage(browser)
    return inTransaction(db, async (tx) => {
      const tools = toolsOf(api, tx)
      const personId = await takeOperatorLink(tools, body.token)
      if (personId !== undefined) return signIn(tools, browser, { personId, method: 'link' })
      const message = 'This link was used, has expired or is none. `redpill console` prints a new one.'
      throw new AppError('not_allowed', { message })
    })
  },
})

const makeLink = operation({
  id: 'makeSignInLink',
  method: 'post',
  path: '/sign-in/links',
  tag,
  summary: "Make a link that signs in as the operator's owner",
  description: 'It works once, within 24 hours. Whoever opens it has every right that the operator has.',
  allowed: 'operator',
  permission: 'owner',
  unrepeatable: true,
  answer: dataOf(z.object({ url: z.string(), expires_at: timeText }).openapi('SignInLink')),
  status: 201,
  audit: { kind: 'session' },
  run: async ({ api, db, browser }) => {
    const { token, expiresAt } = await makeOperatorLink(toolsOf(api, db))
    return {
      data: {
        url: operatorLinkUrl(api.publicUrl ?? named(browser.origin), token),
        expires_at: expiresAt.toISOString(),
      },
    }
  },
})

function named(origin: string | undefined): string {
  const found = origin === undefined ? undefined : consoleOrigin(origin)
  if (found !== undefined) return found
  const message = 'Set REDPILL_PUBLIC_URL to the address under which people open the console.'
  throw new AppError('not_allowed', { message })
}

export const linkOperations: readonly AnyOperation[] = [useLink, makeLink]
