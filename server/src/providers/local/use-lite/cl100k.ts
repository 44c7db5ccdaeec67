const utf8 = new TextDecoder()

/**
 * The text of cl100k_base tokens; `undefined` when one is not a token of text. The table (1 MB) is loaded at first use. Our
 * own, because the package's decoder keeps half a character of one call for the next.
 */
export async function decodeTokens(tokens: readonly number[]): Promise<string | undefined> {
  const { default: table } = await import('gpt-tokenizer/bpeRanks/cl100k_base')
  const parts: Uint8Array[] = []
  for (const token of tokens) {
    const entry = table[token]
    if (entry === undefined) return undefined
    parts.push(typeof entry === 'string' ? Buffer.from(entry) : Uint8Array.from(entry))
  }
  return utf8.decode(Buffer.concat(parts))
}
