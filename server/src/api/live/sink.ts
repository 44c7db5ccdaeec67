/** The writing end of one stream, with a bound on what its reader may leave unread. */
export type Sink = {
  readonly stream: ReadableStream<Uint8Array>
  /** `false`: nobody reads any more, or so slowly that the stream was cut. */
  readonly send: (frames: readonly Uint8Array[]) => boolean
  /** Resolves when there is room again, or nobody reads any more. */
  readonly drained: () => Promise<void>
  /** Ends after what was sent. */
  readonly end: () => void
  /** Breaks the connection: what was left unread would have to be kept for as long as its reader takes. */
  readonly cut: () => void
}

/** Opens a stream; `onGone` is called once, when its reader has gone or was cut off. */
export function openSink(unreadBytesMax: number, onGone: () => void): Sink {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let waiting: (() => void)[] = []
  const wake = () => {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const close = (how: (open: ReadableStreamDefaultController<Uint8Array>) => void) => {
    const open = controller
    controller = undefined
    if (open) how(open)
    wake()
  }
  const cut = () =>
    close((open) => {
      open.error(new Error('the events were read too slowly'))
      onGone()
    })
  const stream = new ReadableStream<Uint8Array>(
    { start: (given) => void (controller = given), pull: wake, cancel: () => close(onGone) },
    new ByteLengthQueuingStrategy({ highWaterMark: unreadBytesMax }),
  )
  return {
    stream,
    send(frames) {
      // What comes at once may be more than the bound; whoever has not read it by the next time is slow.
      if ((controller?.desiredSize ?? 0) < 0) cut()
      for (const bytes of frames) controller?.enqueue(bytes)
      return controller !== undefined
    },
    drained: () =>
      controller === undefined || (controller.desiredSize ?? 0) > unreadBytesMax / 2
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
    end: () => close((open) => open.close()),
    cut,
  }
}
