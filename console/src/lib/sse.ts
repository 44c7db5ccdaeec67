/** Server-sent events (WHATWG HTML 9.2), as far as answers of chat completions use them: the data of each event. */
export type SseReader = {
  /** The data of the events that this piece ends, in order. Pieces may be cut anywhere. */
  readonly read: (piece: string) => readonly string[]
}

export function openSseReader(): SseReader {
  let rest = ''
  let data: string[] = []
  return {
    read(piece) {
      const events: string[] = []
      const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === '' && data.length > 0) {
          events.push(data.join('\n'))
          data = []
        } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
      return events
    },
  }
}
