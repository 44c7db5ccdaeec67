/** What a chain says of a contract wallet: ERC-1271 where it is deployed, ERC-6492 where it is not yet. */
import { askGuarded } from '../../platform/guard/index.ts'
import { isObject, parseJson } from '../../core/json.ts'

/** The operator's nodes, by chain id. */
export type Chains = ReadonlyMap<number, string>

export type SignedMessage = {
  readonly address: `0x${string}`
  readonly message: string
  readonly signature: `0x${string}`
}

export type ChainJudged =
  | { readonly kind: 'judged'; readonly isValid: boolean }
  /** The node did not answer, or is on another chain than it was set for. */
  | { readonly kind: 'unreachable'; readonly why: string }

const timeoutMs = 10_000
const answerBytesMax = 1_048_576

/** Asks the node of a chain whether the wallet at an address takes a signature for its own. */
export async function judgeOnChain(
  { chainId, url }: { readonly chainId: number; readonly url: string },
  signed: SignedMessage,
): Promise<ChainJudged> {
  const { createPublicClient, custom } = await import('viem')
  const client = createPublicClient({
    transport: custom({ request: ({ method, params }) => callNode(url, method, params) }, { retryCount: 0 }),
  })
  try {
    const found = await client.getChainId()
    if (found !== chainId) return { kind: 'unreachable', why: `the node set for chain ${chainId} is on chain ${found}` }
    // A contract that reverts or answers nonsense has said no; a node that is away has said nothing.
    await client.getBlockNumber()
    return { kind: 'judged', isValid: await client.verifyMessage(signed).catch(noUnlessAway) }
  } catch (error) {
    return { kind: 'unreachable', why: awayIn(error)?.message ?? 'the node gave an answer that is none' }
  }
}

class NodeAwayError extends Error {}

function noUnlessAway(error: unknown): false {
  if (awayIn(error)) throw error
  return false
}

/** What we threw, however deep it was wrapped. */
function awayIn(error: unknown): NodeAwayError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof NodeAwayError) return at
  return undefined
}

/** One call of JSON-RPC 2.0. */
async function callNode(url: string, method: string, params: unknown): Promise<unknown> {
  const outcome = await askGuarded({
    ...{ url, method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? [] }),
    // The operator chose it, and may run a node of their own.
    ...{ allowPrivate: true, timeoutMs, bytesMax: answerBytesMax },
  })
  if (outcome.kind === 'failed') throw new NodeAwayError(outcome.why)
  const answer = parseJson(outcome.text)
  if (answer === undefined || !isObject(answer)) throw new NodeAwayError(`status ${outcome.status} and no JSON`)
  const error = answer['error']
  if (error === undefined || error === null) return answer['result']
  const { code, message, data } = isObject(error) ? error : {}
  throw Object.assign(new Error(typeof message === 'string' ? message : 'refused'), { code, data })
}
