import type { ReactElement } from 'react'
import { useApi } from '../api/query.ts'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code.tsx'
import { EmptyNote } from '../ui/state.tsx'

/** The command that makes a call to this very server, to be pasted into a terminal. */
export function FirstCallCommand(): ReactElement {
  const { data } = useApi('GET /v1/models', {})
  const ids = (data?.data ?? []).map(({ id }) => id)
  const model = ids.find((id) => id === 'local/nano') ?? ids[0] ?? 'local/nano'
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'What is RedPill?' }] })
  const code = [
    `curl ${window.location.origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $REDPILL_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ].join('\n')
  return <CodeBlock label="A first call" samples={[{ language: 'curl', code }]} />
}

/** Where calls would be and are none. */
export function NoCalls({
  title,
  widen,
}: {
  readonly title: string
  /** Shows a longer time, where the page shows a short one. */
  readonly widen?: (() => void) | undefined
}): ReactElement {
  return (
    <EmptyNote title={title} action={widen && <Button onClick={widen}>Look at the last 90 days</Button>}>
      <p>
        A call shows up here within a second of its end, without a reload. With an API key in <code>REDPILL_KEY</code>:
      </p>
      <FirstCallCommand />
    </EmptyNote>
  )
}
