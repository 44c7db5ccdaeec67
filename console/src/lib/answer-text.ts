/** A piece of an answer: words as they came, or code between fences. Nothing of it is ever markup. */
export type AnswerPiece =
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }

const fence = /^ {0,3}(`{3,}|~{3,})([^`\n]*)$/

/** Parts an answer at its code fences; a fence that is open yet is code to its end. */
export function answerPieces(answer: string): readonly AnswerPiece[] {
  const pieces: AnswerPiece[] = []
  let lines: string[] = []
  let open: { readonly mark: string; readonly language: string } | undefined
  const end = () => {
    const text = lines.join('\n')
    lines = []
    if (open) pieces.push({ kind: 'code', language: open.language, text })
    else if (text.trim() !== '') pieces.push({ kind: 'words', text: text.replace(/^\n+|\n+$/g, '') })
  }
  for (const line of answer.split('\n')) {
    const found = fence.exec(line)
    const mark = found?.[1] ?? ''
    const isEnd = open !== undefined && mark.startsWith(open.mark) && found?.[2]?.trim() === ''
    if (!found || (open && !isEnd)) lines.push(line)
    else {
      end()
      open = open ? undefined : { mark, language: found[2]?.trim() ?? '' }
    }
  }
  end()
  return pieces
}
