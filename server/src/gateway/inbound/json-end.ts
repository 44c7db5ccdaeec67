const quote = 0x22
const backslash = 0x5c
const openers = new Set([0x7b, 0x5b])
const closers = new Set([0x7d, 0x5d])

/** Tells whether the JSON object that comes in pieces has closed its last bracket. It reads brackets and texts alone. */
export function openJsonEnd(): { readonly push: (piece: string) => void; readonly isWhole: () => boolean } {
  let depth = 0
  let whole = false
  let inText = false
  let escaped = false

  function read(code: number): void {
    if (escaped) escaped = false
    else if (inText && code === backslash) escaped = true
    else if (code === quote) inText = !inText
    else if (inText) return
    else if (openers.has(code)) depth += 1
    else if (closers.has(code)) whole = --depth <= 0
  }

  return {
    push(piece) {
      for (let at = 0; at < piece.length; at++) read(piece.charCodeAt(at))
    },
    isWhole: () => whole,
  }
}
