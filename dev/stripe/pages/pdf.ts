/** The least that is a PDF (1.4): one page, a heading, lines of text. */

/** Latin text as the fonts that every reader has encode it; what they do not have becomes a question mark. */
function encoded(text: string): string {
  const latin = Array.from(text.replaceAll('−', '-'), (character) => {
    const code = character === '€' ? 0x80 : character.codePointAt(0)!
    return code < 0x20 || code > 0xff ? '?' : String.fromCharCode(code)
  })
  return latin.join('').replaceAll(/[\\()]/g, (character) => `\\${character}`)
}

export function pdfOf(heading: string, lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `0 -18 Td (${encoded(line)}) Tj`)
  const content = `BT /F2 18 Tf 56 770 Td (${encoded(heading)}) Tj /F1 11 Tf 0 -12 Td ${shown.join(' ')} ET`
  const font = (name: string) => `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    font('Helvetica'),
    font('Helvetica-Bold'),
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, at) => {
    const place = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}
