import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import './rooms.css'

export type Room = { readonly to: NonNullable<LinkProps['to']>; readonly label: string }

/** The pages of one part of the console, under the title that they share. */
export function Rooms({ label, rooms }: { readonly label: string; readonly rooms: readonly Room[] }): ReactElement {
  return (
    <nav className="rooms" aria-label={label}>
      {rooms.map((room) => (
        <Link key={room.to} to={room.to}>
          {room.label}
        </Link>
      ))}
    </nav>
  )
}
