import { type KeyboardEvent, type ReactElement, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { commandKey } from '../../ui/keyboard.ts'

/** Where a message is written. mod+Enter sends it; Esc stops what runs (the page hears that everywhere). */
export function Composer({
  onSend,
  reason,
  isBusy,
  stop,
}: {
  readonly onSend: (message: string) => void
  /** Why nothing can be sent now, but for an empty message. */
  readonly reason: string | undefined
  readonly isBusy: boolean
  readonly stop: () => void
}): ReactElement {
  const [message, setMessage] = useState('')
  const missing = reason ?? (message.trim() === '' ? 'Write a message first.' : undefined)
  const send = () => {
    if (missing !== undefined || isBusy) return
    onSend(message)
    setMessage('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    send()
  }
  return (
    <div className="composer">
      <textarea
        className="input"
        aria-label="Message"
        placeholder="Write a message"
        rows={2}
        value={message}
        onChange={(event) => setMessage(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="composer-foot">
        <span className="soft">
          <kbd>{commandKey} Enter</kbd> sends, <kbd>Esc</kbd> stops
        </span>
        {isBusy ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button kind="primary" reason={missing} onClick={send}>
            Send
          </Button>
        )}
      </div>
    </div>
  )
}
