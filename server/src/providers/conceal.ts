import type { AnswerSink, Provider } from './types.ts'

/** What is kept of a refusal: enough for every message that is told of it. */
const refusalBytesMax = 65_536
/** Pieces of a key shorter than this are no secret, and might be words. */
const pieceCharactersMin = 16

/** Takes our key, or any long piece of one that has several, out of a text that an upstream wrote. */
export function concealer(apiKey: string | undefined): (text: string) => string {
  const pieces = apiKey === undefined ? [] : [apiKey, ...apiKey.split(/(?:\\[a-z]|[\s":,{}\\])+/)]
  const secrets = pieces.filter((piece, at) => piece !== '' && (at === 0 || piece.length >= pieceCharactersMin))
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[key]'), text)
}

/**
 * The same provider, whose refusals do not repeat our key: upstreams like to quote what they were sent, and their
 * complaints about a request are told to the caller. Answers pass untouched.
 */
export function withoutKey(provider: Provider, apiKey: string | undefined): Provider {
  if (apiKey === undefined) return provider
  const conceal = concealer(apiKey)
  return { ...provider, conceal, send: (call, sink) => provider.send(call, concealing(sink, conceal)) }
}

function concealing(sink: AnswerSink, conceal: (text: string) => string): AnswerSink {
  let refusal: Buffer[] | undefined
  let size = 0
  return {
    ...sink,
    onHead(head) {
      if (head.status >= 400) refusal = []
      sink.onHead(head)
    },
    onBytes(bytes) {
      if (!refusal) return sink.onBytes(bytes)
      if (size < refusalBytesMax) refusal.push(bytes.subarray(0, refusalBytesMax - size))
      size += bytes.length
      return true
    },
    onEnd() {
      if (refusal) sink.onBytes(Buffer.from(conceal(Buffer.concat(refusal).toString('utf8'))))
      sink.onEnd()
    },
  }
}
