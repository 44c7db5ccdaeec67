import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'
import { ask, type Answer, type AskOptions } from './ask.ts'
import type { TestServer } from './server.ts'

/** Decimal credits, as the management API tells them. */
export type Balance = Readonly<Record<'available' | 'held' | 'spent' | 'granted', string>>

export type CustomerKey = { readonly accountId: string; readonly key: string; readonly keyId: string }

/** An account with a key that calls. */
export type Customer = CustomerKey & {
  readonly ask: (path: string, body: object | string | Buffer, options?: AskOptions) => Promise<Answer>
  /** A chat completion, of `Hi` unless messages are given. */
  readonly chat: (body: object, options?: AskOptions) => Promise<Answer>
  readonly balance: () => Promise<Balance>
  /** The receipt of an answer: GET /v1/generation. */
  readonly receipt: (answer: Pick<Answer, 'generation'>) => Promise<JsonObject>
  /** Every receipt of the account, newest first, at most 200. */
  readonly receipts: () => Promise<readonly JsonObject[]>
}

export type CustomerOptions = {
  readonly url: () => string
  readonly manage: TestServer['manage']
  readonly heard: (answer: Answer) => void
}

export function customerOf(known: CustomerKey, { url, manage, heard }: CustomerOptions): Customer {
  const { accountId, key, keyId } = known
  const send: Customer['ask'] = async (path, body, options) => {
    const answer = await ask(url(), key, path, body, options)
    heard(answer)
    return answer
  }
  return {
    ...{ accountId, key, keyId },
    ask: send,
    chat: (body, options) =>
      send('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...body }, options),
    balance: async () => (await manage<{ data: { credits: Balance } }>('GET', `/accounts/${accountId}`)).data.credits,
    async receipt({ generation }) {
      const headers = { authorization: `Bearer ${key}` }
      const response = await fetch(`${url()}/v1/generation?id=${generation}`, { headers })
      const text = await response.text()
      const body = parseJson(text)
      if (!isObject(body) || !isObject(body['data'])) throw new Error(`no receipt: ${response.status} ${text}`)
      return body['data']
    },
    receipts: async () =>
      (await manage<{ data: JsonObject[] }>('GET', `/generations?account_id=${accountId}&limit=200`)).data,
  }
}
