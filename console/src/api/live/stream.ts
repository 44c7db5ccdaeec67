/** What one stream of events tells whoever listens: how it stands itself, and what happened in the account. */
export type Told<Kind extends string> =
  | {
      readonly event: 'open'
      /** In epoch milliseconds, to the fraction that tells it from every other stream: it tells nothing from before. */
      readonly openedAtMs: number
    }
  | { readonly event: 'lost' | 'reset' }
  | { readonly event: Kind; readonly data: unknown }

const refusedMs = 5_000
/** Told once when a stream begins, of how things stand: whatever is read from then on has it. */
const standing: readonly string[] = ['balance', 'hold']

/** Listens for one account until the returned function is called. A stream that is lost is opened anew. */
export function openStream<Kind extends string>(
  accountId: string,
  kinds: readonly Kind[],
  hear: (told: Told<Kind>) => void,
): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let untold = new Set(standing)
  const open = () => {
    source = new EventSource(`/api/v1/events?account_id=${accountId}`)
    source.addEventListener('open', () => {
      untold = new Set(standing)
      hear({ event: 'open', openedAtMs: performance.timeOrigin + performance.now() })
    })
    source.addEventListener('error', () => {
      hear({ event: 'lost' })
      // A lost connection the browser makes anew by itself; one that was refused it gives up.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, refusedMs)
    })
    // Too much was missed to be told one by one.
    source.addEventListener('reset', () => hear({ event: 'reset' }))
    for (const kind of kinds)
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        if (!untold.delete(kind)) hear({ event: kind, data: JSON.parse(data) })
      })
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
