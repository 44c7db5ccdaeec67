import { useLayoutEffect, type RefObject } from 'react'

export type Side = 'below' | 'above'
type Place = { readonly side: Side; readonly align: 'start' | 'end' | 'center' }

const gapPx = 6
const marginPx = 8

/** Puts a popover beside its anchor, on the other side when it has no room, and never outside the window. */
function place(anchor: Element, floating: HTMLElement, { side, align }: Place): void {
  const from = anchor.getBoundingClientRect()
  const { width, height } = floating.getBoundingClientRect()
  const below = from.bottom + gapPx
  const above = from.top - gapPx - height
  const fitsBelow = below + height <= window.innerHeight - marginPx
  const top = side === 'below' ? (fitsBelow || above < marginPx ? below : above) : above >= marginPx ? above : below
  const start = { start: from.left, end: from.right - width, center: from.left + (from.width - width) / 2 }[align]
  const left = Math.max(marginPx, Math.min(start, window.innerWidth - marginPx - width))
  floating.style.translate = `${Math.round(left)}px ${Math.round(top)}px`
}

/** Keeps an open popover at its anchor while the page scrolls or changes its size. */
export function useFloating(
  anchor: RefObject<Element | null>,
  floating: RefObject<HTMLElement | null>,
  isOpen: boolean,
  { side, align }: Place,
): void {
  useLayoutEffect(() => {
    if (!isOpen) return undefined
    const update = () => {
      if (anchor.current && floating.current) place(anchor.current, floating.current, { side, align })
    }
    update()
    window.addEventListener('scroll', update, { capture: true, passive: true })
    window.addEventListener('resize', update)
    return () => {
      window.removeEventListener('scroll', update, { capture: true })
      window.removeEventListener('resize', update)
    }
  }, [anchor, floating, isOpen, side, align])
}
