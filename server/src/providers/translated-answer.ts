import { isObject, parseJson, type JsonObject } from '../core/json.ts'
import { withAllowedHeaders } from './answer-headers.ts'
import { errorEnvelopeOf } from './openai-form.ts'
import type { AnswerFacts, AskedCall, Framer, NativeApi, ProviderError, StreamPiece } from './translation.ts'
import type { AnswerHead, AnswerSink, Flight } from './types.ts'

/** As much as the gateway takes of an answer; a provider that tells more is cut off. */
const answerBytesMax = 128 * 1_048_576
const errorBytesMax = 65_536

export type Exchanged = {
  readonly api: NativeApi
  readonly call: AskedCall
  /** Seconds since 1970. */
  readonly created: number
}

/** What reads the body that follows a head. */
type Reader = {
  readonly onBytes: (bytes: Buffer) => boolean
  readonly onEnd: () => void
}

/** What a reader writes to: the caller's sink until the answer is over. */
type Outlet = {
  readonly head: (status: number, contentType: string, more?: Readonly<Record<string, string>>) => void
  readonly bytes: (bytes: Buffer) => boolean
  readonly end: () => void
  readonly fault: (message: string) => void
}

/** Sends a call, and hands its answer to `sink` in OpenAI's form as it comes. */
export function openTranslatedSink(
  { api, call, created }: Exchanged,
  sink: AnswerSink,
  send: (sink: AnswerSink) => Flight,
): Flight {
  let over = false
  let reader: Reader | undefined

  function outletOf(given: AnswerHead): Outlet {
    const { headers } = withAllowedHeaders(given)
    return {
      head: (status, contentType, more) =>
        sink.onHead({ status, headers: { ...headers, ...more, 'content-type': contentType } }),
      bytes: (bytes) => sink.onBytes(bytes),
      end() {
        if (!over) sink.onEnd()
        over = true
      },
      fault(message) {
        if (over) return
        over = true
        flight.cancel()
        sink.onFault({ kind: 'protocol', message })
      },
    }
  }

  const flight = send({
    onHead(head) {
      if (over) return
      reader = openReader(api, head, { call, created, headers: head.headers }, outletOf(head))
    },
    onBytes: (bytes) => over || (reader?.onBytes(bytes) ?? true),
    onEnd() {
      if (!over) reader?.onEnd()
    },
    onFault(fault) {
      if (over) return
      over = true
      sink.onFault(fault)
    },
  })
  return {
    resume: () => flight.resume(),
    cancel() {
      over = true
      flight.cancel()
    },
  }
}

function openReader(api: NativeApi, head: AnswerHead, facts: AnswerFacts, outlet: Outlet): Reader {
  const { translation, framing } = api
  const { status } = head
  if (status < 200 || status > 299) {
    return collect(outlet, { bytesMax: errorBytesMax, orCut: true }, (body) => {
      const error = translation.readError(status, parseJson(body.toString('utf8')))
      sendWhole(outlet, error.status ?? status, errorEnvelopeOf(error), retryAfter(error))
    })
  }
  if (!facts.call.stream) {
    return collect(outlet, { bytesMax: answerBytesMax }, (body) => {
      const answer = parseJson(body.toString('utf8'))
      const read = isObject(answer) ? translation.readAnswer(answer, facts) : undefined
      if (read) sendWhole(outlet, status, read)
      else outlet.fault(`${body.length} bytes that are not an answer of this API`)
    })
  }
  const type = head.headers['content-type'] ?? framing.contentType
  if (!type.includes(framing.contentType)) {
    outlet.fault(`a stream of type ${type.slice(0, 100)}`)
    return { onBytes: () => true, onEnd: () => undefined }
  }
  outlet.head(status, 'text/event-stream')
  return openEventReader(framing.openFramer(), guarded(outlet, translation.openStream(facts)), outlet)
}

const retryAfter = ({ retryAfterSeconds: seconds }: ProviderError): Record<string, string> =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) }

function sendWhole(outlet: Outlet, status: number, body: JsonObject, headers: Record<string, string> = {}): void {
  outlet.head(status, 'application/json', headers)
  outlet.bytes(Buffer.from(JSON.stringify(body)))
  outlet.end()
}

type CollectOptions = {
  readonly bytesMax: number
  /** Whether what is longer counts as far as it may go, instead of being a fault. */
  readonly orCut?: boolean
}

/** Reads a body to its end. */
function collect(outlet: Outlet, { bytesMax, orCut }: CollectOptions, read: (body: Buffer) => void): Reader {
  const pieces: Buffer[] = []
  let size = 0
  return {
    onBytes(bytes) {
      size += bytes.length
      if (size <= bytesMax) pieces.push(bytes)
      else if (!orCut) outlet.fault(`more than ${bytesMax} bytes`)
      return true
    },
    onEnd: () => tell(outlet, () => read(Buffer.concat(pieces))),
  }
}

/** A provider may say what no translation expects: that ends its answer, not this process. */
function tell(outlet: Outlet, read: () => void): void {
  try {
    read()
  } catch (error) {
    outlet.fault(`an answer that cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Pieces = ReturnType<NativeApi['translation']['openStream']>

/** The same translation, which throws nothing. */
function guarded(outlet: Outlet, stream: Pieces): Pieces {
  const safely = (read: () => readonly StreamPiece[]): readonly StreamPiece[] => {
    let pieces: readonly StreamPiece[] = []
    tell(outlet, () => (pieces = read()))
    return pieces
  }
  return { read: (event) => safely(() => stream.read(event)), end: () => safely(() => stream.end()) }
}

/** Seen by the gateway, not by callers: the provider is alive though it has said nothing that a chunk could carry. */
const signOfLife = Buffer.from(':\n\n')

/** Turns the events of a stream into OpenAI's, one buffer for each buffer that came. */
function openEventReader(framer: Framer, stream: Pieces, outlet: Outlet): Reader {
  let closed = false

  /** Gives the events as they go out; after an error, or the end, nothing follows. */
  function wire(pieces: readonly StreamPiece[]): string {
    let text = ''
    for (const piece of pieces) {
      if (closed) break
      text += piece === 'done' ? 'data: [DONE]\n\n' : `data: ${JSON.stringify(piece)}\n\n`
      closed = piece === 'done' || piece['error'] !== undefined
    }
    return text
  }

  return {
    onBytes(bytes) {
      if (closed) return true
      const { events, fault } = framer.push(bytes)
      const text = wire(events.flatMap(stream.read))
      const keepsUp = outlet.bytes(text === '' ? signOfLife : Buffer.from(text))
      if (fault !== undefined && !closed) outlet.fault(fault)
      return keepsUp
    },
    onEnd() {
      const { events, fault } = closed ? { events: [], fault: undefined } : framer.finish()
      const text = wire([...events.flatMap(stream.read), ...(fault === undefined ? stream.end() : [])])
      if (text !== '') outlet.bytes(Buffer.from(text))
      if (fault !== undefined && !closed) outlet.fault(fault)
      else outlet.end()
    },
  }
}

/** Answers a call that cannot be said, as a provider would that was asked all the same. */
export function answerRefused(why: string, sink: AnswerSink): Flight {
  let cancelled = false
  queueMicrotask(() => {
    if (cancelled) return
    sink.onHead({ status: 400, headers: { 'content-type': 'application/json' } })
    const error = errorEnvelopeOf({ message: why, type: 'invalid_request_error', code: 'invalid_request' })
    sink.onBytes(Buffer.from(JSON.stringify(error)))
    sink.onEnd()
  })
  return {
    resume: () => undefined,
    cancel() {
      cancelled = true
    },
  }
}
