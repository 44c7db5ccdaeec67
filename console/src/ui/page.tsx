import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'

/** The head and body of a page. The heading takes the focus when the page opens, so that it is read out. */
export function Page({
  title,
  intro,
  actions,
  children,
}: {
  readonly title: string
  /** One sentence under the title, where the title does not say it all. */
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  const heading = usePageTitle(title)
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-words">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro !== undefined && <p className="soft">{intro}</p>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** Names the document after the page and gives its heading the focus. */
export function usePageTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} - RedPill`
  }, [title])
  useEffect(() => {
    // A field that wanted the focus when the page opened keeps it.
    if (document.activeElement === document.body || document.activeElement?.closest('nav'))
      heading.current?.focus({ preventScroll: true })
  }, [])
  return heading
}

/** A titled part of a page, set off by a hairline. */
export function Section({
  title,
  intro,
  actions,
  children,
}: {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children?: ReactNode
}): ReactElement {
  return (
    <section className="section">
      <header className="section-head">
        <div>
          <h2>{title}</h2>
          {intro !== undefined && <p className="soft">{intro}</p>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </section>
  )
}
