/** What can go wrong with an upstream, one row each; the name of a row is also the name of a model that behaves so. */
import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../../src/core/json.ts'
import { event, json, type AnswerPlan } from './mock-upstream-answers.ts'

/** Bytes to write, a pause, a pause until the test goes on, silence until the client leaves, or a connection reset. */
export type Step = Buffer | { readonly waitMs: number } | { readonly until: Promise<unknown> } | 'stall' | 'reset'

export type Behaviour = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly answer?: Partial<AnswerPlan>
  /** Before the first byte of the head. */
  readonly before?: Exclude<Step, Buffer>
  /** How the pieces of the answer are sent; as they are when absent. */
  readonly deliver?: (frames: readonly Buffer[], request: JsonObject) => Iterable<Step>
}

const errorBody = (message: string, type: string) => [json({ error: { message, type, code: type, param: null } })]

/** The first half of the answer: of its events, or of its bytes when it is one piece. */
function firstHalf(frames: readonly Buffer[]): Buffer[] {
  const [only] = frames
  if (frames.length === 1 && only) return [only.subarray(0, only.length >> 1)]
  return frames.slice(0, frames.length >> 1)
}

const bytesOf = (frames: readonly Buffer[]) => Array.from(Buffer.concat(frames), (byte) => Buffer.of(byte))
const pacedBy = (waitMs: number) => (frames: readonly Buffer[]) => frames.flatMap((frame) => [frame, { waitMs }])
const replaceWord = (frames: readonly Buffer[], word: string, bytes: Buffer) =>
  frames.map((frame) => {
    const at = frame.indexOf(word)
    return at < 0 ? frame : Buffer.concat([frame.subarray(0, at), bytes, frame.subarray(at + word.length)])
  })

const longLineBytes = 10_000_000

export const behaviours = {
  normal: {},
  'stall-before': { before: 'stall' },
  'stall-mid': { deliver: (frames) => [...firstHalf(frames), 'stall'] },
  'reset-before': { before: 'reset' },
  'reset-mid': { deliver: (frames) => [...firstHalf(frames), { waitMs: 20 }, 'reset'] },
  'rate-limited': {
    status: 429,
    headers: { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' },
    deliver: () => errorBody('Rate limit reached', 'rate_limit_exceeded'),
  },
  'server-error': { status: 500, deliver: () => errorBody('The server had an error', 'server_error') },
  'bad-request': { status: 400, deliver: () => errorBody('Unknown field', 'invalid_request_error') },
  'wrong-key': { status: 401, deliver: () => errorBody('Incorrect API key provided', 'invalid_api_key') },
  html: { headers: { 'content-type': 'text/html' }, deliver: () => [Buffer.from('<html><body>Welcome</body></html>')] },
  'truncated-json': { headers: { 'content-type': 'application/json' }, deliver: firstHalf },
  'cut-everywhere': { answer: { usage: 'always' }, deliver: bytesOf },
  'no-usage': { answer: { usage: 'none' } },
  'huge-usage': { answer: { usage: 'always', completionTokens: 1_000_000 } },
  gzip: { headers: { 'content-encoding': 'gzip' }, deliver: (frames) => [gzipSync(Buffer.concat(frames))] },
  'long-line': { answer: { words: ['x'.repeat(longLineBytes)] } },
  'invalid-utf8': { deliver: (frames) => replaceWord(frames, ' mock', Buffer.of(0x20, 0xff, 0xfe, 0xc3)) },
  'slow-trickle': {
    answer: { words: Array.from({ length: 200 }, (_, index) => ` word${index}`) },
    deliver: pacedBy(25),
  },
  'empty-stream': { deliver: () => [] },
  'done-missing': { answer: { doneMissing: true } },
  'error-event': {
    deliver: (frames) => [
      ...firstHalf(frames),
      event({ error: { message: 'Overloaded', type: 'server_error', code: 503 } }),
    ],
  },
  redirect: { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' }, deliver: () => [] },
} as const satisfies Record<string, Behaviour>

export type BehaviourName = keyof typeof behaviours

export const behaviourNames = Object.keys(behaviours)

export const behaviourNamed = (name: unknown): Behaviour | undefined =>
  typeof name === 'string' && Object.hasOwn(behaviours, name) ? behaviours[name as BehaviourName] : undefined
