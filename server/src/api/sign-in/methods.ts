import { z } from '@hono/zod-openapi'
import { oauthNames, whyNoPasskeys } from '../../accounts/index.ts'
import { foreignHost } from '../browser.ts'
import { dataOf } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { tag } from './tools.ts'

const getMethods = operation({
  id: 'listSignInMethods',
  method: 'get',
  path: '/sign-in/methods',
  tag,
  summary: 'Tell how people sign in here',
  allowed: 'anyone',
  answer: dataOf(
    z
      .object({
        origin: z.string().nullable().openapi({ description: 'The address to open; null where nobody can sign in.' }),
        why_not: z.string().nullable().openapi({ description: 'Why nobody can sign in under this host.' }),
        sign_up: z.enum(['open', 'invited', 'off']).openapi({ description: 'Whether new people may come.' }),
        email: z.object({
          delivered_by: z
            .enum(['mail', 'operator'])
            .openapi({ description: '`operator`: there is no mail server, whoever runs this one hands codes on.' }),
        }),
        wallet: z.object({
          contract_chains: z.array(z.int()).openapi({
            description: 'Chains on which wallets that are contracts can be checked; those of a key always can.',
          }),
        }),
        oauth: z.array(z.enum(oauthNames)).openapi({ description: 'Other sites that tell who somebody is.' }),
        passkey: z.object({ possible: z.boolean(), why_not: z.string().nullable() }),
      })
      .openapi('SignInMethods'),
  ),
  run: ({ api, browser: { origin } }) => {
    const whyNot = origin === undefined ? foreignHost : undefined
    const whyNoPasskey = whyNot ?? whyNoPasskeys(origin ?? '')
    return {
      data: {
        origin: origin ?? null,
        why_not: whyNot ?? null,
        sign_up: api.signIn.rules.signUp,
        email: { delivered_by: api.signIn.mailer ? ('mail' as const) : ('operator' as const) },
        wallet: { contract_chains: [...api.signIn.chains.keys()] },
        oauth: oauthNames.filter((name) => api.signIn.oauth[name]),
        passkey: { possible: whyNoPasskey === undefined, why_not: whyNoPasskey ?? null },
      },
    }
  },
})

export const methodOperations: readonly AnyOperation[] = [getMethods]
