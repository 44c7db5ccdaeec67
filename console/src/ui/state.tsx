import type { ReactElement, ReactNode } from 'react'
import type { Failure } from '../lib/failure.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'

/** Something could not be read or done: what happened, which request it was, and the way to try again. */
export function FailureNote({
  failure,
  retry,
  what,
}: {
  readonly failure: Failure
  readonly retry?: (() => void) | undefined
  /** What failed, as a sentence begins: 'The keys could not be read.' */
  readonly what?: string
}): ReactElement {
  return (
    <div className="failure" role="alert">
      {what !== undefined && <p className="failure-title">{what}</p>}
      <p>{failure.message}</p>
      <div className="failure-foot">
        {failure.requestId !== undefined && (
          <span className="soft">
            Request <code>{failure.requestId}</code> <CopyButton text={failure.requestId} what="request id" />
          </span>
        )}
        {retry && (
          <Button size="small" icon="refresh" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  )
}

/** Nothing is here yet: why, and the one next step. */
export function EmptyNote({
  title,
  children,
  action,
}: {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}): ReactElement {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-words soft">{children}</div>}
      {action}
    </div>
  )
}

/** A bar as wide as the text that is being read. */
export const Skeleton = ({ width = '6rem' }: { readonly width?: string }): ReactElement => (
  <span className="skeleton" style={{ width }} aria-hidden="true" />
)
