import { type ReactElement, type ReactNode, useId, useState } from 'react'
import { pythonOf } from '../lib/python.ts'
import { CopyButton } from './copy.tsx'
import { TabList } from './tabs.tsx'

export type CodeSample = { readonly language: string; readonly code: string }

/** Code to copy, one tab for each language. */
export function CodeBlock({
  samples,
  label,
}: {
  readonly samples: readonly CodeSample[]
  readonly label: string
}): ReactElement | null {
  const [language, setLanguage] = useState(samples[0]?.language)
  const panelId = useId()
  const sample = samples.find((each) => each.language === language) ?? samples[0]
  if (!sample) return null
  return (
    <div className="code">
      <div className="code-head">
        {samples.length > 1 ? (
          <TabList
            label={label}
            tabs={samples.map((each) => ({ id: each.language, label: each.language }))}
            value={sample.language}
            onChange={setLanguage}
            panelId={panelId}
          />
        ) : (
          <span className="soft">{sample.language}</span>
        )}
        <CopyButton text={sample.code} what="code" />
      </div>
      {/* It scrolls, so the keyboard must reach it. */}
      <pre
        id={panelId}
        tabIndex={0}
        role={samples.length > 1 ? 'tabpanel' : 'region'}
        aria-label={`${label}, ${sample.language}`}
      >
        <code>{sample.code}</code>
      </pre>
    </div>
  )
}

/** A short text to copy, in its line: an id, an address. */
export function CopyText({
  text,
  what,
  shown,
}: {
  readonly text: string
  readonly what: string
  readonly shown?: ReactNode
}): ReactElement {
  return (
    <span className="copy-text">
      <code title={text}>{shown ?? text}</code>
      <CopyButton text={text} what={what} />
    </span>
  )
}

export type ApiCall = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query, as it was sent. */
  readonly address: string
  readonly body?: unknown
  /** What it does, where a page shows several. */
  readonly does?: string
}

/** The same by API: the exact calls behind a page, to be made with a management key. */
export function SameByApi({ calls }: { readonly calls: readonly ApiCall[] }): ReactElement {
  return (
    <details className="same-by-api">
      <summary>The same by API</summary>
      <div className="same-by-api-calls">
        <p className="soft">
          With a management key in <code>REDPILL_KEY</code>.
        </p>
        {calls.map((call) => (
          <div key={`${call.method} ${call.address}`} className="same-by-api-call">
            {call.does !== undefined && <p>{call.does}</p>}
            <CodeBlock label={call.does ?? 'The same by API'} samples={samplesOf(call, window.location.origin)} />
          </div>
        ))}
      </div>
    </details>
  )
}

function samplesOf({ method, address, body }: ApiCall, origin: string): readonly CodeSample[] {
  const url = `${origin}${address}`
  const json = body === undefined ? undefined : JSON.stringify(body, null, 2)
  const curl = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${url.replaceAll("'", '%27')}'`,
    `  -H "Authorization: Bearer $REDPILL_KEY"`,
    ...(json === undefined
      ? []
      : [`  -H 'Content-Type: application/json'`, `  -d '${json.replaceAll("'", String.raw`'\''`)}'`]),
  ].join(' \\\n')
  const python = [
    'import json, os, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(url)},`,
    `    method=${JSON.stringify(method)},`,
    `    headers={"Authorization": "Bearer " + os.environ["REDPILL_KEY"]${json === undefined ? '' : ', "Content-Type": "application/json"'}},`,
    ...(json === undefined ? [] : [`    data=json.dumps(${pythonOf(body)}).encode(),`]),
    ')',
    'print(urllib.request.urlopen(request).read().decode())',
  ].join('\n')
  const typescript = [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    `  headers: { authorization: \`Bearer \${process.env.REDPILL_KEY}\`${json === undefined ? '' : ", 'content-type': 'application/json'"} },`,
    ...(json === undefined ? [] : [`  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),`]),
    '})',
    'console.log(await response.json())',
  ].join('\n')
  return [
    { language: 'curl', code: curl },
    { language: 'Python', code: python },
    { language: 'TypeScript', code: typescript },
  ]
}
