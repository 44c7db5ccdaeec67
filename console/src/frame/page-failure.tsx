import type { ErrorComponentProps } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { failureOf } from '../api/query.ts'
import { Page } from '../ui/page.tsx'
import { FailureNote } from '../ui/state.tsx'

/** What is shown in place of a page that broke; the rest of the console goes on. */
export function PageFailure({ error, reset }: ErrorComponentProps): ReactElement {
  const failure = failureOf(error)
  return (
    <Page title="This page broke">
      {failure && <FailureNote what="Nothing was lost: what the server did is done." failure={failure} retry={reset} />}
    </Page>
  )
}
