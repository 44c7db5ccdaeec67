import { type RefObject, useEffect, useRef } from 'react'
import { isTyping } from './keyboard.ts'

/** `j` and `k` walk through the rows of a table that can be opened; Enter then opens the one that has the focus. */
export function useRowKeys(): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null)
  useEffect(() => {
    const walk = (event: KeyboardEvent) => {
      if ((event.key !== 'j' && event.key !== 'k') || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event) || document.querySelector('dialog[open]')) return
      const rows = [...(body.current?.querySelectorAll<HTMLElement>('.table-open') ?? [])]
      const at = rows.findIndex((row) => row.closest('tr')?.contains(document.activeElement))
      // Of several tables on a page the one that has the focus walks, else the first.
      if (at < 0 && document.querySelector('.table-open') !== rows[0]) return
      if (at < 0 && document.activeElement?.closest('.table')) return
      const next = rows[at < 0 ? 0 : at + (event.key === 'j' ? 1 : -1)]
      next?.focus()
      next?.scrollIntoView({ block: 'nearest' })
    }
    window.addEventListener('keydown', walk)
    return () => window.removeEventListener('keydown', walk)
  }, [])
  return body
}
