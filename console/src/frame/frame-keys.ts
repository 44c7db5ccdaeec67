import { useNavigate } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useRef } from 'react'
import { isShortcut } from '../ui/keyboard.ts'
import { usePlaces } from './navigation.tsx'

const waitMs = 1_500

/** The keys that work on every page: mod+K, `?`, and `g` with a letter. */
export function useFrameKeys({
  openPalette,
  openShortcuts,
}: {
  readonly openPalette: () => void
  readonly openShortcuts: () => void
}): void {
  const navigate = useNavigate()
  const places = usePlaces()
  const gAtMs = useRef(-Infinity)
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey) && !event.shiftKey) {
      event.preventDefault()
      openPalette()
      return
    }
    if (!isShortcut(event)) return
    const isAfterG = event.timeStamp - gAtMs.current < waitMs
    gAtMs.current = event.key === 'g' && !isAfterG ? event.timeStamp : -Infinity
    const place = isAfterG ? places.find(({ letter }) => letter === event.key) : undefined
    if (place) {
      event.preventDefault()
      event.stopImmediatePropagation()
      void navigate({ to: place.to })
    } else if (event.key === '?') {
      event.preventDefault()
      openShortcuts()
    }
  })
  useEffect(() => {
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
