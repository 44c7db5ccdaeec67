import { parseJson, type JsonValue } from '../../src/core/json.ts'

/** An answer as its caller saw it, whole or cut. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: JsonValue | undefined
  /** The `data` of every server-sent event, in order; `[DONE]` too. */
  readonly events: readonly string[]
  /** `x-generation-id` */
  readonly generation: string
  /** The connection broke before the answer had ended. */
  readonly broken: boolean
}

export type AskOptions = {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly signal?: AbortSignal
  /** Told of every piece as it comes. */
  readonly onPiece?: (text: string) => void
}

/** One request with a key, read to its end. */
export async function ask(
  url: string,
  key: string,
  path: string,
  body: object | string | Buffer,
  { headers = {}, method = 'POST', signal, onPiece = () => {} }: AskOptions = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && {
      body:
        typeof body === 'string' || Buffer.isBuffer(body)
          ? new Uint8Array(Buffer.from(body as string))
          : JSON.stringify(body),
    }),
    ...(signal && { signal }),
  })
  let text = ''
  let broken = false
  try {
    const decoder = new TextDecoder()
    for await (const piece of response.body ?? []) {
      const part = decoder.decode(piece as Uint8Array, { stream: true })
      text += part
      onPiece(part)
    }
    text += decoder.decode()
  } catch {
    broken = true
  }
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: parseJson(text),
    events: text.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice('data: '.length)] : [])),
    generation: response.headers.get('x-generation-id') ?? '',
    broken,
  }
}

/** The text that a stream brought. */
export const textOf = ({ events }: Pick<Answer, 'events'>): string =>
  events
    .map((event) => parseJson(event) as { choices?: { delta?: { content?: string }; text?: string }[] } | undefined)
    .map((chunk) => chunk?.choices?.[0]?.delta?.content ?? chunk?.choices?.[0]?.text ?? '')
    .join('')

/** What stands at a path of a JSON value, such as `error.metadata.limit`. */
export const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce((found: unknown, name) => (found as Record<string, unknown> | null | undefined)?.[name], value)
