import type { ReactElement } from 'react'

/** A page that takes a moment: a line runs along the top. */
export const Pending = (): ReactElement => (
  <div className="pending" role="progressbar" aria-label="The page is coming" />
)
