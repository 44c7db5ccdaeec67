import type { ReactElement, ReactNode } from 'react'
import { Mark } from './icon.tsx'
import { usePageTitle } from './page.tsx'

/** A page outside the frame, where nobody is signed in yet: one thing to do, and the capsule. */
export function Doorway({
  title,
  intro,
  children,
}: {
  readonly title: string
  readonly intro?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  const heading = usePageTitle(title)
  return (
    <div className="doorway">
      <main className="doorway-main">
        <header className="doorway-head">
          <Mark size={36} />
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro !== undefined && <p className="soft">{intro}</p>}
        </header>
        {children}
      </main>
      <div className="doorway-capsule" aria-hidden="true">
        <Mark size={720} />
      </div>
    </div>
  )
}
