/** About as much as is worth a piece of its own on the wire. */
const pieceCharacters = 32_768

/** Joins small texts into pieces of bytes, as fast as they are taken. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = ''
  for await (const text of texts) {
    piece += text
    if (piece.length < pieceCharacters) continue
    yield Buffer.from(piece)
    piece = ''
  }
  if (piece !== '') yield Buffer.from(piece)
}
