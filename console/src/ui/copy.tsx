import { type ReactElement, useEffect, useState } from 'react'
import { Button } from './button.tsx'

const shownMs = 1_600

/** Whether the text was just copied, and the act of copying it. */
function useCopy(text: string): { readonly isCopied: boolean; readonly copy: () => void } {
  const [copies, setCopies] = useState(0)
  useEffect(() => {
    if (copies === 0) return undefined
    const timer = setTimeout(() => setCopies(0), shownMs)
    return () => clearTimeout(timer)
  }, [copies])
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopies((count) => count + 1))
  return { isCopied: copies > 0, copy }
}

/** Copies a text; says so where it stands. */
export function CopyButton({
  text,
  what,
  label,
}: {
  readonly text: string
  readonly what: string
  readonly label?: string
}): ReactElement {
  const { isCopied, copy } = useCopy(text)
  const name = isCopied ? 'Copied' : `Copy ${what}`
  return (
    <>
      <Button
        kind={label === undefined ? 'quiet' : 'plain'}
        size="small"
        icon={isCopied ? 'check' : 'copy'}
        iconOnly={label === undefined}
        onClick={copy}
      >
        {label === undefined || isCopied ? name : label}
      </Button>
      <span className="hidden-text" role="status">
        {isCopied ? `The ${what} was copied.` : ''}
      </span>
    </>
  )
}
