// SentencePiece unigram segmentation (Kudo 2018) as the Universal Sentence Encoder Lite was trained with.

/** Pieces with the logarithm of their probability; the place of a piece is its token. The first six are special. */
export type Vocabulary = readonly (readonly [piece: string, score: number])[]

export type Tokenizer = {
  /** The likeliest segmentation; a run of unknown characters is one token. The time grows with the length alone. */
  readonly encode: (text: string) => number[]
}

const specialTokens = 6
const unknownToken = 0
const wordMark = '\u2581'

export function openTokenizer(vocabulary: Vocabulary): Tokenizer {
  const pieces = new Map<string, { readonly token: number; readonly score: number }>()
  /** First character -> length of the longest piece that begins with it. */
  const longest = new Map<string, number>()
  for (const [token, [piece, score]] of vocabulary.entries()) {
    if (token < specialTokens) continue
    pieces.set(piece, { token, score })
    const [first = ''] = piece
    longest.set(first, Math.max(longest.get(first) ?? 0, piece.length))
  }

  /** For each end of a prefix: the score of its best segmentation, and the last piece of it. */
  const segment = (characters: readonly string[]) => {
    const scores = new Float64Array(characters.length + 1)
    const tokens = new Int32Array(characters.length + 1)
    const lengths = new Int32Array(characters.length + 1)
    const offer = (start: number, length: number, token: number, score: number) => {
      const end = start + length
      // Ties go to the shorter last piece, as in the encoder that the model was published with.
      if (lengths[end] !== 0 && scores[end] !== 0 && scores[start]! + score < scores[end]!) return
      scores[end] = scores[start]! + score
      tokens[end] = token
      lengths[end] = length
    }
    for (let start = 0; start < characters.length; start++) {
      let piece = ''
      let isKnown = false
      const lengthMax = Math.min(longest.get(characters[start]!) ?? 0, characters.length - start)
      for (let length = 1; length <= lengthMax; length++) {
        piece += characters[start + length - 1]
        const found = pieces.get(piece)
        if (!found) continue
        isKnown = true
        offer(start, length, found.token, found.score)
      }
      if (!isKnown) offer(start, 1, unknownToken, 0)
    }
    return { tokens, lengths }
  }

  return {
    encode: (text) => {
      if (text === '') return []
      const characters = Array.from(wordMark + text.normalize('NFKC').replaceAll(' ', wordMark))
      const { tokens, lengths } = segment(characters)
      const reversed: number[] = []
      for (let end = characters.length; end > 0; end -= lengths[end]!) {
        const token = tokens[end]!
        if (token !== unknownToken || reversed.at(-1) !== unknownToken) reversed.push(token)
      }
      return reversed.toReversed()
    },
  }
}
