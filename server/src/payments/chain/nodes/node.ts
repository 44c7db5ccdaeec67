/** One node of a chain, asked by JSON-RPC 2.0 over HTTP. */
import { isObject, parseJson } from '../../../core/json.ts'

/**
 * What a node did wrong. `away`: it did not answer; `refused`: it answered with an error, such as a range that is too long;
 * `lying`: its answers contradict each other, or what another node proves.
 */
export class NodeFault extends Error {
  readonly kind: 'away' | 'refused' | 'lying'

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

export function openNode(url: string): Node {
  const { host } = new URL(url)
  const headers = { 'content-type': 'application/json' }

  async function textOf(method: string, params: readonly unknown[]): Promise<{ status: number; text: string }> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      throw new NodeFault('away', `${host} did not answer ${method}`, error)
    }
  }

  return {
    host,
    async ask(method, params) {
      const { status, text } = await textOf(method, params)
      const answer = text.length > answerCharactersMax ? undefined : parseJson(text)
      if (answer === undefined || !isObject(answer))
        throw new NodeFault('away', `${host} answered ${method} with status ${status} and no JSON`)
      const { error, result } = answer
      if (error === undefined || error === null) {
        if (result === undefined) throw new NodeFault('away', `${host} answered ${method} with nothing`)
        return result
      }
      const message = isObject(error) && typeof error['message'] === 'string' ? error['message'] : 'no reason'
      throw new NodeFault('refused', `${host} refused ${method}: ${message.slice(0, 200)}`)
    },
  }
}
