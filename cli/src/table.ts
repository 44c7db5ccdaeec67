export type Column = {
  readonly title: string
  /** Numbers are read from their right end. */
  readonly align?: 'right'
}

/** Lines of columns that are as wide as their widest cell, two spaces apart; the first line is the titles. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(oneLine))
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => widthOf(cells[at] ?? ''))))
  return lines.map((cells) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? ''
        const space = ' '.repeat(widths[at]! - widthOf(cell))
        return align === 'right' ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Names and their values, the values in one column. */
export function facts(entries: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const known = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
  const width = Math.max(0, ...known.map(([name]) => widthOf(name)))
  return known.map(([name, value]) => `${name}${' '.repeat(width - widthOf(name))}  ${oneLine(value)}`.trimEnd())
}

/** What terminals draw two columns wide: emoji, and the scripts of East Asia. */
const wide = /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u

function widthOf(text: string): number {
  // A segmenter takes as long to make as all else that this program does at its start.
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  const characters = Array.from(new Intl.Segmenter().segment(text))
  return characters.reduce((width, { segment }) => width + (wide.test(segment) ? 2 : 1), 0)
}

/** What others wrote cannot break a line, nor speak to the terminal. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
