import type { TokenLogprob } from './text-model.ts'

export type Piece = { readonly text: string; readonly logprobs: readonly TokenLogprob[] }

/** Turns one choice's tokens into text that is safe to show. */
export type TextOutput = {
  /** Takes the next token; returns what can be shown now (perhaps nothing) and whether a stop text was met. */
  readonly push: (bytes: Uint8Array, logprob?: TokenLogprob) => Piece & { readonly stopped: boolean }
  /** What was held back, once the last token is in. */
  readonly flush: () => Piece
}

/**
 * Holds back what may still change: an unfinished UTF-8 sequence, and an ending that may grow into a stop text. A stop
 * text is never shown, nor anything after it. Held back are at most the longest stop text and three bytes.
 */
export function openTextOutput(stops: readonly string[]): TextOutput {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let held = ''
  let logprobs: TokenLogprob[] = []

  const show = (text: string): Piece => {
    if (text === '') return { text, logprobs: [] }
    const piece = { text, logprobs }
    logprobs = []
    return piece
  }
  return {
    push: (bytes, logprob) => {
      if (logprob) logprobs.push(logprob)
      held += decoder.decode(bytes, { stream: true })
      const end = firstStop(held, stops)
      if (end !== undefined) {
        const text = held.slice(0, end)
        held = ''
        return { ...show(text), stopped: true }
      }
      const safe = held.length - openEnding(held, stops)
      const text = held.slice(0, safe)
      held = held.slice(safe)
      return { ...show(text), stopped: false }
    },
    flush: () => {
      const text = held + decoder.decode()
      held = ''
      return { text, logprobs }
    },
  }
}

/** Where the first stop text begins. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
  return found.length > 0 ? Math.min(...found) : undefined
}

/** The length of the longest ending of `text` that begins a stop text. */
function openEnding(text: string, stops: readonly string[]): number {
  let longest = 0
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (stop.startsWith(text.slice(text.length - length))) longest = length
    }
  }
  return longest
}
