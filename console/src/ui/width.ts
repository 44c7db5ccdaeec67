import { type RefObject, useLayoutEffect, useState } from 'react'

/** How wide an element is, kept up as the window changes. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(640)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return undefined
    const update = () => setWidth(Math.max(160, target.clientWidth))
    update()
    const observer = new ResizeObserver(update)
    observer.observe(target)
    return () => observer.disconnect()
  })
  return width
}
