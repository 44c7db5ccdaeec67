import type { Context } from 'hono'
import { AppError } from '../core/errors.ts'
import { invalid } from './faults.ts'
import type { JsonValue } from '../core/json.ts'
import { parseJson } from '../core/json.ts'

/** Management requests are small; inference has its own, larger bound. */
export const bodyBytesMax = 1_048_576

/** Reads a JSON body of at most `bodyBytesMax`. A missing body is an empty object, so that `POST /reconcile` needs none. */
export async function readJsonBody(context: Context): Promise<JsonValue> {
  const bytes = await readBytes(context.req.raw)
  if (bytes.length === 0) return {}
  if (!/^application\/json\s*(;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw invalid('send JSON, with the header content-type: application/json')
  }
  const value = parseJson(decode(bytes))
  if (value === undefined) throw invalid('the body is not valid JSON')
  return value
}

export async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyBytesMax) throw tooLarge()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of request.body ?? []) {
      length += part.length
      if (length > bodyBytesMax) throw tooLarge()
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('caller_aborted', { message: 'The body broke off before its end.', cause: error })
  }
  return Buffer.concat(parts)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new AppError('invalid_request', { message: 'the body is not valid UTF-8', cause: error })
  }
}

const tooLarge = () =>
  new AppError('request_too_large', { message: `a body may have at most ${bodyBytesMax} bytes here` })
