import type { ReactElement, ReactNode } from 'react'

/** A titled part of the sheet. */
export function SheetPart({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section className="sheet-part">
      <h3>{title}</h3>
      {children}
    </section>
  )
}
