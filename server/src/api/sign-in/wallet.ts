import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import {
  askForSignature,
  judgeSignature,
  type Proof,
  type WalletAnswer,
  type WalletJudged,
} from '../../accounts/index.ts'
import { requireOwnPage } from '../browser.ts'
import { dataOf } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { invitationField } from './fields.ts'
import { identitySchema, link } from './identities.ts'
import { beginIn, countFrom, freshSession, letIn, signedIn, tag, toolsOf, wrongAnswer } from './tools.ts'

const walletBody = z.strictObject({
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'must be an address such as 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045' }),
  chain_id: z
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .openapi({ description: 'The chain that the wallet is on.', example: 1 }),
})

const messageAnswer = dataOf(
  z
    .object({ message: z.string().openapi({ description: 'To be signed word for word (EIP-191).' }) })
    .openapi('WalletMessage'),
)

const signedBody = z.strictObject({
  message: z.string().max(5_000),
  signature: z.string().max(100_000).openapi({ description: 'Hexadecimal, as the wallet gave it.' }),
})

const beginWallet = operation({
  id: 'beginWalletSignIn',
  method: 'post',
  path: '/sign-in/wallet/message',
  tag,
  summary: 'Ask for the message that a wallet signs',
  description:
    'Sign-In with Ethereum (ERC-4361): for this site, this chain and this address, good for ten minutes, once.',
  allowed: 'anyone',
  unrepeatable: true,
  body: walletBody,
  answer: messageAnswer,
  audit: 'nothing',
  run: async ({ api, db, browser, body }) => {
    const origin = requireOwnPage(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    const question = { origin, browser: beginIn(tools, browser), address: body.address, chainId: body.chain_id }
    return { data: { message: await askForSignature(tools, question) } }
  },
})

const verifyWallet = operation({
  id: 'verifyWalletSignIn',
  method: 'post',
  path: '/sign-in/wallet/verify',
  tag,
  summary: 'Sign in with a wallet',
  allowed: 'anyone',
  unrepeatable: true,
  body: signedBody.extend({ invitation: invitationField }),
  answer: signedIn,
  audit: 'itself',
  run: async ({ api, db, browser, body }) => {
    requireOwnPage(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const { message, signature, invitation } = body
    const answer: WalletAnswer = { message, signature, browser: browser.cookie('challenge') }
    const proof = proofIn(await judgeSignature(tools, api.signIn.chains, answer))
    return letIn(api, { db, browser, proof, invitation })
  },
})

const beginWalletLink = operation({
  id: 'beginWalletLink',
  method: 'post',
  path: '/identities/wallet/message',
  tag,
  summary: 'Ask for the message that makes a wallet a way in of yours',
  allowed: 'person',
  unrepeatable: true,
  body: walletBody,
  answer: messageAnswer,
  audit: 'nothing',
  run: async ({ api, db, browser, bearer, body }) => {
    const origin = requireOwnPage(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    const question = { origin, browser: beginIn(tools, browser), address: body.address, chainId: body.chain_id }
    return { data: { message: await askForSignature(tools, { ...question, personId: person.id }) } }
  },
})

const linkWallet = operation({
  id: 'linkWallet',
  method: 'post',
  path: '/identities/wallet',
  tag,
  summary: 'Make a wallet a way in of yours',
  allowed: 'person',
  unrepeatable: true,
  body: signedBody,
  answer: dataOf(identitySchema),
  audit: 'itself',
  run: async ({ api, db, browser, bearer, body }) => {
    requireOwnPage(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const answer: WalletAnswer = { ...body, browser: browser.cookie('challenge'), personId: person.id }
    const proof = proofIn(await judgeSignature(tools, api.signIn.chains, answer))
    return { data: (await link({ api, db, browser }, person.id, proof)).identity }
  },
})

export const walletOperations: readonly AnyOperation[] = [beginWallet, verifyWallet, beginWalletLink, linkWallet]

function proofIn(judged: WalletJudged): Proof {
  switch (judged.kind) {
    case 'proven':
      return judged.proof
    case 'wrong':
      throw wrongAnswer('wallet')
    case 'no-node':
      throw new AppError('not_allowed', {
        message:
          'This is not signed by the key of the address. If it is a contract wallet: those cannot be checked on chain ' +
          `${judged.chainId} here, because the operator has set no node for it (REDPILL_SIGN_IN_RPC_URLS).`,
        metadata: { reason: 'no_node', chain_id: judged.chainId },
      })
    case 'unreachable':
      throw new AppError('upstream_error', {
        message: `The node of chain ${judged.chainId} could not say whether this wallet signed. Try again later.`,
        metadata: { reason: 'node_unreachable', chain_id: judged.chainId },
        cause: new Error(judged.why),
      })
  }
}
