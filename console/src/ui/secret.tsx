import type { ReactElement, ReactNode } from 'react'
import { CopyButton } from './copy.tsx'

/** A secret in the only moment in which it can be seen. */
export function SecretOnce({
  secret,
  what,
  children,
}: {
  readonly secret: string
  readonly what: string
  readonly children?: ReactNode
}): ReactElement {
  return (
    <div className="secret">
      <p>
        <strong>Copy the {what} now.</strong> It is stored as a hash only: nobody can show it again.
      </p>
      <div className="secret-line">
        <code>{secret}</code>
        <CopyButton text={secret} what={what} label={`Copy ${what}`} />
      </div>
      {children}
    </div>
  )
}
