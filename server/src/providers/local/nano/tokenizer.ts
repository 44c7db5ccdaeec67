import { readFileSync } from 'node:fs'

/** Sizes of the network as its file tells them. */
export type Shape = {
  readonly width: number
  readonly blocks: number
  readonly heads: number
  readonly innerWidth: number
  readonly contextTokens: number
  readonly messageTokensMax: number
  readonly vocabulary: number
}

/** Name and shape of each weight, in the order of the weight file. */
export type Manifest = readonly (readonly [name: string, shape: readonly number[]])[]

export type Tokenizer = {
  readonly shape: Shape
  readonly manifest: Manifest
  readonly encode: (text: string) => number[]
  /** The UTF-8 bytes that a token stands for; none for the special ones. */
  readonly bytesOf: (token: number) => Uint8Array
  readonly decode: (tokens: readonly number[]) => string
  /** What the network reads for a message. A message over `messageTokensMax` keeps its head and its tail, as in training. */
  readonly promptOf: (message: string) => number[]
}

/** Tokens with a meaning of their own; text never encodes to one. */
export const special = { start: 1, user: 2, bot: 3, end: 4 } as const

/** Tokens 5 to 260 are the bytes; words follow. */
const firstByte = 5
const firstWord = firstByte + 256

const pieces = / ?[A-Za-z]+| ?\d| ?[^\sA-Za-z\d]|\s/gu

type NanoFile = {
  readonly man: Manifest
  readonly V: readonly string[]
  readonly cfg: {
    readonly D: number
    readonly L: number
    readonly H: number
    readonly FF: number
    readonly T: number
    readonly MSG: number
  }
}

/** Reads nano.json beside this file (16 kB). Words of the vocabulary are one token, everything else is its UTF-8 bytes. */
export function readTokenizer(): Tokenizer {
  const file = JSON.parse(readFileSync(new URL('nano.json', import.meta.url), 'utf8')) as NanoFile
  const ids = new Map(file.V.map((word, id): [string, number] => [word, id]).slice(firstWord))
  const bytes = file.V.map((word, id) => {
    if (id >= firstWord) return Buffer.from(word)
    return id >= firstByte ? Buffer.of(id - firstByte) : Buffer.alloc(0)
  })

  const encode = (text: string): number[] => {
    const tokens: number[] = []
    for (const piece of text.match(pieces) ?? []) {
      const id = ids.get(piece)
      if (id === undefined) for (const byte of Buffer.from(piece)) tokens.push(firstByte + byte)
      else tokens.push(id)
    }
    return tokens
  }
  const half = file.cfg.MSG / 2
  return {
    shape: {
      width: file.cfg.D,
      blocks: file.cfg.L,
      heads: file.cfg.H,
      innerWidth: file.cfg.FF,
      contextTokens: file.cfg.T,
      messageTokensMax: file.cfg.MSG,
      vocabulary: file.V.length,
    },
    manifest: file.man,
    encode,
    bytesOf: (token) => bytes[token]!,
    decode: (tokens) => Buffer.concat(tokens.map((token) => bytes[token]!)).toString(),
    promptOf: (message) => {
      const tokens = encode(message)
      const read = tokens.length > half * 2 ? [...tokens.slice(0, half), ...tokens.slice(-half)] : tokens
      return [special.start, special.user, ...read, special.bot]
    },
  }
}
