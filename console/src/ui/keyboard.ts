import { useEffect, useEffectEvent } from 'react'

/** How the key of commands, beside K or Enter, is written here. */
export const commandKey = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'

/** Whether a key goes into a field, where letters are letters. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event
  if (!(target instanceof HTMLElement)) return false
  const takesText = target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  return takesText || target.isContentEditable || target.matches('textarea, select')
}

/** Whether a single letter is a shortcut now: not while somebody types, holds a modifier, or a dialog is open. */
export const isShortcut = (event: KeyboardEvent): boolean =>
  !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event) && !document.querySelector('dialog[open]')

/** Does something on one key of a page, such as `c` to create. */
export function useShortcut(key: string, run: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== key || event.defaultPrevented || !isShortcut(event)) return
    event.preventDefault()
    run()
  })
  useEffect(() => {
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
