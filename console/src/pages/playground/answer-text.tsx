import type { ReactElement } from 'react'
import { answerPieces } from '../../lib/answer-text.ts'
import { CopyButton } from '../../ui/copy.tsx'

/** An answer as the text that it is: words with their line breaks, code in its own face. No markup is ever made of it. */
export function AnswerText({ text }: { readonly text: string }): ReactElement {
  return (
    <div className="answer-text">
      {answerPieces(text).map((piece, at) =>
        piece.kind === 'words' ? (
          <p key={at}>{piece.text}</p>
        ) : (
          <div key={at} className="code">
            <div className="code-head">
              <span className="soft">{piece.language || 'code'}</span>
              <CopyButton text={piece.text} what="code" />
            </div>
            {/* It scrolls, so the keyboard must reach it. */}
            <pre tabIndex={0} role="region" aria-label={`Code ${piece.language}`}>
              <code>{piece.text}</code>
            </pre>
          </div>
        ),
      )}
    </div>
  )
}
