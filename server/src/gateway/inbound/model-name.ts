/**
 * Callers see the model by the id that they can call it by here, not by the name that one provider has for it. Chunks are
 * not written anew for that: the name is exchanged in their bytes, where it stands as every server writes it.
 */
export function createModelRenamer(id: string): (raw: Buffer, upstreamName: string | undefined) => Buffer {
  const replacement = JSON.stringify(id)
  let known: { readonly name: string; readonly needles: readonly Buffer[] } | undefined
  return (raw, upstreamName) => {
    if (upstreamName === undefined || upstreamName === id) return raw
    if (known?.name !== upstreamName) known = { name: upstreamName, needles: needlesOf(upstreamName) }
    for (const needle of known.needles) {
      const at = raw.indexOf(needle)
      if (at === -1) continue
      const key = needle.length - Buffer.byteLength(JSON.stringify(upstreamName))
      return Buffer.concat([raw.subarray(0, at + key), Buffer.from(replacement), raw.subarray(at + needle.length)])
    }
    return raw
  }
}

/** Quotes inside a text are escaped, so neither form can occur in one. */
const needlesOf = (name: string): readonly Buffer[] =>
  ['"model":', '"model": '].map((key) => Buffer.from(key + JSON.stringify(name)))
