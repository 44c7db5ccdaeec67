import { styleText } from 'node:util'
import type { Outside } from './outside.ts'

type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow'
export type Style = (tone: Tone, text: string) => string

/** Where answers and remarks go: answers to standard output, everything else to standard error. */
export type Terminal = {
  /** Prints lines of an answer. */
  readonly print: (...lines: readonly string[]) => void
  /** Prints a piece of an answer as it is. */
  readonly write: (text: string) => void
  /** Says something beside the answer. */
  readonly note: (...lines: readonly string[]) => void
  readonly style: Style
  readonly noteStyle: Style
  /** Whether a person sees the answers. */
  readonly isSeen: boolean
  /** Whether a person can be asked. */
  readonly canAsk: boolean
  /** Says what is being done, once it takes longer than a second; gives back how to end that. */
  readonly startProgress: (what: string) => () => void
}

const tickMs = 1_000
const clearLine = '\r\u001B[K'

export function openTerminal({ stdin, stdout, stderr, environment }: Outside): Terminal {
  const canColour = !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
  const styleFor = (isTerminal: boolean): Style =>
    isTerminal && canColour ? (tone, text) => styleText(tone, text, { validateStream: false }) : (_, text) => text
  return {
    print: (...lines) => void stdout.write(asLines(lines)),
    write: (text) => void stdout.write(stdout.isTTY ? harmless(text) : text),
    note: (...lines) => void stderr.write(asLines(lines)),
    style: styleFor(stdout.isTTY),
    noteStyle: styleFor(stderr.isTTY),
    isSeen: stdout.isTTY,
    canAsk: stdin.isTTY && stdout.isTTY,
    startProgress: (what) => (stderr.isTTY ? startTicking((text) => void stderr.write(text), what) : () => {}),
  }
}

const asLines = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** A model's words must not steer the terminal: control characters go, but for line ends and tabs. */
export const harmless = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '')

function startTicking(write: (text: string) => void, what: string): () => void {
  let seconds = 0
  const timer = setInterval(() => {
    seconds += tickMs / 1_000
    write(`${clearLine}${what} ... ${seconds} s`)
  }, tickMs)
  return () => {
    clearInterval(timer)
    if (seconds > 0) write(clearLine)
    seconds = 0
  }
}
