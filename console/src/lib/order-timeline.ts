type Entry = { readonly kind: string; readonly tx_hash?: string | null | undefined }

/** A timeline in which confirmations that went on counting are one line: the last of them. */
export function shortTimeline<E extends Entry>(entries: readonly E[]): readonly E[] {
  return entries.filter((entry, at) => {
    const next = entries[at + 1]
    return !(entry.kind === 'seen' && next?.kind === 'seen' && next.tx_hash === entry.tx_hash)
  })
}
