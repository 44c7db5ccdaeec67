/** One node of a chain, asked by JSON-RPC 2.0 over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts'

/**
 * What a node did wrong. `away`: it did not answer; `refused`: it answered with an error, such as a range that is too long;
 * `behind`: its newest block is minutes old, and others have a newer one; `lying`: its answers contradict each other, or what another node proves.
 */
export class NodeFault extends Error {
  readonly kind: 'away' | 'refused' | 'behind' | 'lying'

  constructor(kind: NodeFault['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NodeFault'
    this.kind = kind
  }
}

export type Node = {
  /** Names it to the operator without what may be secret in its URL. */
  readonly host: string
  readonly ask: (method: string, params: readonly unknown[]) => Promise<unknown>
}

const timeoutMs = 10_000
const answerCharactersMax = 64 * 1_048_576

/**
 * Before it is asked again after it hung up, was overloaded or had enough of us: a range takes hundreds of questions, and
 * one lost answer must not cost the others.
 */
const pausesMs = [100, 400]

type Tried =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly fault: NodeFault; readonly isPassing: boolean }

type Question = { readonly url: string; readonly host: string; readonly method: string; readonly body: string }

export function openNode(url: string): Node {
  const { host } = new URL(url)
  return {
    host,
    async ask(method, params) {
      const question = { url, host, method, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) }
      // What was sent may have come although nothing was answered, and is refused when it comes twice.
      const pauses = method === 'eth_sendRawTransaction' ? [] : [...pausesMs]
      for (;;) {
        const tried = await tryOnce(question)
        if (tried.kind === 'answered') return tried.result
        const pauseMs = tried.isPassing ? pauses.shift() : undefined
        if (pauseMs === undefined) throw tried.fault
        await sleep(pauseMs)
      }
    },
  }
}

async function tryOnce({ url, host, method, body }: Question): Promise<Tried> {
  const headers = { 'content-type': 'application/json' }
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    const text = await response.text()
    return judge({ host, method, status: response.status, text })
  } catch (error) {
    // Who did not answer in time is not made to answer thrice.
    const isPassing = !(error instanceof Error && error.name === 'TimeoutError')
    return { kind: 'failed', fault: new NodeFault('away', `${host} did not answer ${method}`, error), isPassing }
  }
}

type Said = { readonly host: string; readonly method: string; readonly status: number; readonly text: string }

/** "Limit exceeded", by EIP-1474; some providers give the status of HTTP as the code. */
const codesOfHaste: ReadonlySet<unknown> = new Set([-32_005, 429])

function judge({ host, method, status, text }: Said): Tried {
  const isOverloaded = status === 429 || status >= 500
  const failed = (kind: NodeFault['kind'], why: string, isPassing: boolean): Tried => ({
    kind: 'failed',
    fault: new NodeFault(kind, `${host} ${why}`),
    isPassing,
  })
  const answer = text.length > answerCharactersMax ? undefined : parseJson(text)
  if (answer === undefined || !isObject(answer))
    return failed('away', `answered ${method} with status ${status} and no JSON`, isOverloaded)
  const { error, result } = answer
  if (error === undefined || error === null) {
    if (result === undefined) return failed('away', `answered ${method} with nothing`, isOverloaded)
    return { kind: 'answered', result }
  }
  const { message, code }: JsonObject = isObject(error) ? error : {}
  const why = typeof message === 'string' ? message.slice(0, 200) : 'no reason'
  return failed('refused', `refused ${method}: ${why}`, isOverloaded || codesOfHaste.has(code))
}
