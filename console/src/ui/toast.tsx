import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

type Toast = { readonly id: number; readonly text: string; readonly tone: 'good' | 'bad' }

const shownMs = 6_000
const most = 3
let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function set(next: readonly Toast[]) {
  toasts = next
  for (const listener of listeners) listener()
}

/** Says in a corner that something was done elsewhere on the page. What a form can show itself belongs there. */
export function showToast(text: string, tone: Toast['tone'] = 'good'): void {
  set([...toasts, { id: ++lastId, text, tone }].slice(-most))
}

const hide = (id: number) => set(toasts.filter((toast) => toast.id !== id))

/** The corner. It is read out, and stands above dialogs. */
export function Toaster(): ReactElement {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  const corner = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Opened anew each time, so that it lies above a dialog that was opened since.
    corner.current?.togglePopover(false)
    if (shown.length > 0) corner.current?.togglePopover(true)
  }, [shown])
  return (
    <div ref={corner} className="toaster" popover="manual" role="status">
      {shown.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function ToastLine({ toast }: { readonly toast: Toast }) {
  const { id, text, tone } = toast
  useEffect(() => {
    const timer = setTimeout(() => hide(id), shownMs)
    return () => clearTimeout(timer)
  }, [id])
  return (
    <div className="toast" data-tone={tone}>
      <Icon name={tone === 'good' ? 'check' : 'warning'} />
      <span>{text}</span>
      <Button kind="quiet" size="small" icon="close" iconOnly onClick={() => hide(id)}>
        Dismiss
      </Button>
    </div>
  )
}
