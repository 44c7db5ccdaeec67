import { deepEqual, equal, ok } from 'node:assert/strict'
import { catalogue } from '../../core/errors.ts'
import { fault } from '../document.ts'
import { operationGroups } from '../operations.ts'

export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** What stands at a path of the body, such as `data.0.id`; undefined when nothing does. */
  readonly at: (path: string) => unknown
  /** The text that stands there; fails when it is none. */
  readonly textAt: (path: string) => string
}

export type Ask = {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly raw?: string
}

/** Reads an answer and holds it against the document; tables come as the text that they are. */
export async function readReply(method: string, path: string, response: Response): Promise<Reply> {
  const type = response.headers.get('content-type') ?? ''
  // A stream of events goes on for as long as it is read.
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return replyOf(response, undefined)
  }
  if (type.split(';')[0] !== 'application/json') return replyOf(response, await response.text())
  const body: unknown = await response.json()
  checkAgainstDocument(method, path, { status: response.status, body })
  return replyOf(response, body)
}

function replyOf({ status, headers }: Response, body: unknown): Reply {
  const at = (path: string): unknown =>
    path.split('.').reduce((value: unknown, name) => (value as Record<string, unknown> | null)?.[name], body)
  const textAt = (path: string): string => {
    const value = at(path)
    ok(typeof value === 'string', `${path} of ${JSON.stringify(body)}`)
    return value
  }
  return { status, headers, body, at, textAt }
}

/** Every answer in every test is one that the OpenAPI document describes: no field more, none less. */
function checkAgainstDocument(method: string, path: string, { status, body }: Pick<Reply, 'status' | 'body'>): void {
  if (status >= 400) {
    const described = fault.parse(body)
    deepEqual(described, body)
    equal(catalogue[described.error.code].status, status)
    return
  }
  const [pathname = ''] = path.split('?')
  const operation = operationGroups
    .flatMap(({ prefix, operations }) => operations.map((each) => ({ prefix, ...each })))
    .find((each) => each.method === method.toLowerCase() && patternOf(each.prefix + each.path).test(pathname))
  if (!operation) return
  equal(status, operation.status ?? 200)
  deepEqual(operation.answer.parse(body), body)
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/\{\+\w+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
