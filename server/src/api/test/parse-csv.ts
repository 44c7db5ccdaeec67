/** RFC 4180, read strictly: whatever is not exactly that is an error. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const cell = text[at] === '"' ? quoted(text, at) : plain(text, at)
    row.push(cell.value)
    at = cell.end
    if (text[at] === ',') {
      at++
      if (at === text.length) throw new Error('ends within a row')
    } else if (text.startsWith('\r\n', at)) {
      at += 2
      rows.push(row)
      row = []
    } else throw new Error(`neither a comma nor the end of a row at ${at}`)
  }
  if (row.length > 0) throw new Error('the last row does not end')
  return rows
}

function quoted(text: string, start: number) {
  let value = ''
  for (let at = start + 1; ;) {
    const end = text.indexOf('"', at)
    if (end === -1) throw new Error(`a quote that does not end at ${start}`)
    value += text.slice(at, end)
    if (text[end + 1] !== '"') return { value, end: end + 1 }
    value += '"'
    at = end + 2
  }
}

function plain(text: string, start: number) {
  const [value = ''] = /^[^,\r\n"]*/.exec(text.slice(start, start + 10_000)) ?? []
  return { value, end: start + value.length }
}
