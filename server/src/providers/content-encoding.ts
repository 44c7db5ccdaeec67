/** Content codings of RFC 9110 §8.4.1, and zstd of RFC 8878, removed from an answer under way. */
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import type { AnswerHead, AnswerSink, Flight } from './types.ts'

/** Chosen by the first byte, because servers call two formats `deflate`: the wrapped one of RFC 1950, and the bare one. */
type OpenDecoder = (firstByte: number) => Transform

const zlibMethodDeflate = 8

const decoders: Readonly<Record<string, OpenDecoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: (firstByte) => ((firstByte & 0x0f) === zlibMethodDeflate ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
}

/**
 * Sends through `send` and hands the answer to `sink` without its content coding. We ask for none; some upstreams answer
 * with one all the same. An answer without one passes straight through. Back-pressure reaches through the decoder.
 */
export function sendDecoded(send: (sink: AnswerSink) => Flight, sink: AnswerSink): Flight {
  let decoding: Decoding | undefined
  let ended = false

  const fail = (message: string) => {
    if (ended) return
    cancel()
    sink.onFault({ kind: 'protocol', message })
  }

  function cancel(): void {
    ended = true
    decoding?.destroy()
    flight.cancel()
  }

  const flight = send({
    onHead(head) {
      const coding = (head.headers['content-encoding'] ?? 'identity').toLowerCase()
      const open = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
      if (open)
        decoding = createDecoding(open, { sink, fail, resumeSource: () => flight.resume(), isOver: () => ended })
      else if (coding !== 'identity' && coding !== '')
        return fail(`content-encoding ${JSON.stringify(coding)} is unknown`)
      sink.onHead(withoutCoding(head))
    },
    onBytes: (bytes) => (decoding ? decoding.write(bytes) : !ended && sink.onBytes(bytes)),
    onEnd() {
      if (ended) return
      if (decoding) return decoding.end(() => (ended = true))
      ended = true
      sink.onEnd()
    },
    onFault(fault) {
      if (ended) return
      ended = true
      decoding?.destroy()
      sink.onFault(fault)
    },
  })

  return { resume: () => (decoding ? decoding.resume() : flight.resume()), cancel }
}

type Decoding = ReturnType<typeof createDecoding>

type DecodingEnds = {
  readonly sink: AnswerSink
  readonly fail: (message: string) => void
  readonly resumeSource: () => void
  readonly isOver: () => boolean
}

function createDecoding(open: OpenDecoder, { sink, fail, resumeSource, isOver }: DecodingEnds) {
  let decoder: Transform | undefined

  function start(firstByte: number): Transform {
    const started = open(firstByte)
    started.on('data', (bytes: Buffer) => {
      if (!isOver() && !sink.onBytes(bytes)) started.pause()
    })
    started.on('drain', resumeSource)
    started.on('error', (error) => fail(`the compressed answer is damaged: ${error.message}`))
    return started
  }

  return {
    write(bytes: Buffer): boolean {
      decoder ??= start(bytes[0] ?? 0)
      return decoder.write(bytes)
    },
    /** `onEnd` of the sink follows when the last byte has left the decoder. */
    end(markEnded: () => void): void {
      const finish = () => {
        if (isOver()) return
        markEnded()
        sink.onEnd()
      }
      if (!decoder) return finish()
      decoder.once('end', finish)
      decoder.end()
    },
    resume: () => void decoder?.resume(),
    destroy: () => void decoder?.destroy(),
  }
}

/** The length on the wire is not the length of what is handed on, so it goes with the coding. */
function withoutCoding({ status, headers }: AnswerHead): AnswerHead {
  if (!('content-encoding' in headers)) return { status, headers }
  const { 'content-encoding': _coding, 'content-length': _length, ...rest } = headers
  return { status, headers: rest }
}
