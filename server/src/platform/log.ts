import type { Clock } from '../core/clock.ts'
import type { LogLevel } from './config.ts'

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** One line per event: ids, never contents. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>

export type LogOptions = {
  readonly write: (line: string) => void
  readonly format: 'json' | 'pretty'
  readonly level: LogLevel
  readonly clock: Clock
}

const rank: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 }

/** JSON lines for machines, or short coloured lines for a person at a terminal. */
export function openLog({ write, format, level, clock }: LogOptions): Log {
  const line = format === 'json' ? jsonLine : prettyLine
  const at = (own: LogLevel) =>
    rank[own] > rank[level]
      ? () => {}
      : (message: string, fields: LogFields = {}) => write(line(new Date(clock.nowMs()), own, message, fields))
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** Makes one write of all lines of one turn; `later` runs at its end. What is left when a process ends has to be flushed. */
export function gatherLines(
  write: (text: string) => void,
  later: (run: () => void) => void,
): { readonly write: (line: string) => void; readonly flush: () => void } {
  let gathered = ''
  const flush = () => {
    if (gathered === '') return
    const text = gathered
    gathered = ''
    write(text)
  }
  return {
    write(line) {
      if (gathered === '') later(flush)
      gathered += line
    },
    flush,
  }
}

const jsonLine = (time: Date, level: LogLevel, message: string, fields: LogFields): string =>
  `${JSON.stringify({ time: time.toISOString(), level, message, ...fields })}\n`

const colour: Readonly<Record<LogLevel, string>> = {
  error: '\u001B[31m',
  warn: '\u001B[33m',
  info: '\u001B[36m',
  debug: '\u001B[90m',
}
const dim = '\u001B[90m'
const plain = '\u001B[0m'

function prettyLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${dim}${name}=${plain}${readable(value)}`)
  return `${dim}${time.toISOString().slice(11, 23)}${plain} ${colour[level]}${message}${plain} ${shown.join(' ')}\n`
}

/** Quotes what would break a line or forge a second one. */
function readable(value: LogFields[string]): string {
  const text = String(value)
  return /^[\u0021-\u007E]+$/.test(text) ? text : JSON.stringify(text)
}
