import type { ReactElement } from 'react'

/** Line icons on a 16 px grid, drawn for this console. Decoration only: a word or a label always says the same. */
const paths = {
  overview: 'M2.5 9.5 8 3l5.5 6.5M4.5 8v5.5h7V8',
  activity: 'M2.5 13.5v-4m3.7 4v-8m3.6 8v-6m3.7 6v-11',
  calls: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  keys: 'M9.2 6.8 13.5 2.5m-2 2 1.5 1.5M10 10a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0z',
  credits:
    'M8 2.5c3.3 0 5.5 1 5.5 2.2S11.3 7 8 7 2.5 6 2.5 4.7 4.7 2.5 8 2.500zM2.5 4.700v6.600c0 1.2 2.2 2.2 5.5 2.200s5.5-1 5.5-2.200V4.700M2.5 8c0 1.2 2.2 2.2 5.5 2.200s5.5-1 5.5-2.2',
  models: 'M8 2.5 13.5 5.500v5L8 13.5 2.5 10.500v-5zM2.5 5.5 8 8.500l5.5-3M8 8.500v5',
  playground: 'M5 3.500v9l7.5-4.500z',
  settings: 'M2.5 5h5.500m3 0h2.500M2.5 11h2.500m3 0h5.500M8 3.200v3.600h3V3.200zM5 9.200v3.600h3V9.200z',
  admin: 'M8 2.2 13 4v3.800c0 3-2.2 5-5 6-2.8-1-5-3-5-6V4z',
  search: 'M10.8 10.8 13.5 13.500M12 7.200a4.8 4.8 0 1 1-9.6 0 4.8 4.8 0 0 1 9.6 0z',
  menu: 'M2.5 4.500h11M2.5 8h11M2.5 11.500h11',
  close: 'm4 4 8 8m0-8-8 8',
  check: 'm3 8.5 3.2 3.200L13 5',
  copy: 'M5.5 5.500v-3h8v8h-3M2.5 5.500h8v8h-8z',
  down: 'm4 6.5 4 4 4-4',
  right: 'm6.5 4 4 4-4 4',
  plus: 'M8 3v10M3 8h10',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  warning: 'M8 2.5 14 13H2zM8 6.500v3m0 1.800v.01',
  info: 'M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM8 7.500v3.200M8 5.200v.01',
  out: 'M9.5 2.500h4v4M13.5 2.5 7 9M6.5 3.500h-4v10h10v-4',
  sun: 'M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0zM8 1.500v1.200m0 10.600v1.200M1.5 8h1.200m10.6 0h1.200M3.4 3.400l.9.9m7.4 7.4.9.900m0-9.2-.9.900m-7.4 7.4-.9.9',
  download: 'M8 2.500v7m-3-3 3 3 3-3M2.5 12.500h11',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.500M13 2.500v3h-3',
  passkey:
    'M9.5 5.200a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0zM2 13.500c.3-2.6 2-4.2 4.8-4.2 1 0 1.9.2 2.6.600M13.8 9.500a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 0zm-1.6 1.600v3l1-.8',
  mail: 'M2.5 4h11v8h-11zM2.5 4.5 8 8.800l5.5-4.3',
  wallet: 'M2.5 5v7.500h11V6.500h-10a1.5 1.5 0 0 1 0-3h8M11 9.500h.01',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}

/** RedPill's mark: a capsule of two tones. */
export function Mark({ size = 20 }: { readonly size?: number }): ReactElement {
  return (
    <svg className="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <g transform="rotate(45 16 16)">
        <path className="mark-red" d="M8.5 15.300V9a7.5 7.5 0 0 1 15 0v6.300z" />
        <path className="mark-grey" d="M8.5 16.700h15V23a7.5 7.5 0 0 1-15 0z" />
      </g>
    </svg>
  )
}
