import { STATUS_CODES, type ServerResponse } from 'node:http'
import { AppError, errorEnvelope, type ErrorCode } from '../../core/errors.ts'

type Refusal = { readonly status: number; readonly code: ErrorCode; readonly message: string }

const refusals: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', message: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'request_too_large', message: 'The headers are larger than 32 KiB.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'request_too_large',
    message: 'The chunk extensions are too large.',
  },
}

const notHttp: Refusal = {
  status: 400,
  code: 'invalid_request',
  message: 'This is not a well-formed HTTP/1.1 request.',
}

/** The whole answer, head and body, to bytes that never became a request: they have no route, but the error has its usual form. */
export function answerToFault(error: NodeJS.ErrnoException): string {
  const { status, code, message } = refusals[error.code ?? ''] ?? notHttp
  const body = JSON.stringify(errorEnvelope(new AppError(code, { message })))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** The same for an expectation that nobody here can meet (RFC 9110 §10.1.1). */
export function answerToExpectation(response: ServerResponse): void {
  const error = new AppError('invalid_request', { message: 'Only 100-continue can be expected.' })
  response.writeHead(417, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(errorEnvelope(error)))
}
