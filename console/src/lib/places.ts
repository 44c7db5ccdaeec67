/** Names of icons in ui/icon.tsx. */
type PlaceIcon = 'overview' | 'activity' | 'calls' | 'keys' | 'credits' | 'models' | 'playground' | 'settings' | 'admin'

export type Place = {
  readonly to: string
  readonly label: string
  /** After `g`. */
  readonly letter: string
  readonly icon: PlaceIcon
  readonly operatorOnly?: boolean
}

/** Where the frame leads, in this order: the navigation, the palette and `g` then a letter all read this list. */
export const places: readonly Place[] = [
  { to: '/', label: 'Overview', letter: 'o', icon: 'overview' },
  { to: '/activity', label: 'Activity', letter: 'a', icon: 'activity' },
  { to: '/calls', label: 'Calls', letter: 'l', icon: 'calls' },
  { to: '/keys', label: 'Keys', letter: 'k', icon: 'keys' },
  { to: '/credits', label: 'Credits', letter: 'c', icon: 'credits' },
  { to: '/models', label: 'Models', letter: 'm', icon: 'models' },
  { to: '/playground', label: 'Playground', letter: 'p', icon: 'playground' },
  { to: '/settings', label: 'Settings', letter: 's', icon: 'settings' },
  { to: '/admin', label: 'Admin', letter: 'x', icon: 'admin', operatorOnly: true },
]
