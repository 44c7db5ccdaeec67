import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { ButtonHTMLAttributes, ComponentProps, ReactElement, ReactNode, Ref } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'

/** `primary`: the one thing to do here. `danger`: cannot be taken back. `quiet`: in rows and bars. */
export type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger'

type Looks = {
  readonly kind?: ButtonKind
  readonly icon?: IconName
  readonly size?: 'normal' | 'small'
  /** Only the icon is seen; the children are its name. */
  readonly iconOnly?: boolean
}

export type ButtonProps = Looks &
  Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> & {
    /** Why it cannot be done now. The button stays where it is and can be reached, and says this. */
    readonly reason?: string | undefined
    /** What it started has not ended. */
    readonly isBusy?: boolean
    readonly ref?: Ref<HTMLButtonElement>
  }

/** A button that is never silently dead: when it cannot be pressed it says why. */
export function Button({
  kind,
  icon,
  size,
  iconOnly,
  reason,
  isBusy,
  onClick,
  children,
  ...rest
}: ButtonProps): ReactElement {
  const isOff = reason !== undefined || isBusy === true
  const button = (
    <button
      type="button"
      {...rest}
      {...looksOf({ kind, size, iconOnly })}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      onClick={(event) => {
        if (isOff) event.preventDefault()
        else onClick?.(event)
      }}
    >
      <Content icon={icon} iconOnly={iconOnly}>
        {children}
      </Content>
    </button>
  )
  if (reason !== undefined) return <Tooltip text={reason}>{button}</Tooltip>
  return iconOnly ? <Tooltip text={children}>{button}</Tooltip> : button
}

const looksOf = ({ kind, size, iconOnly }: { [K in 'kind' | 'size' | 'iconOnly']: Looks[K] | undefined }) => ({
  className: 'button',
  'data-kind': kind ?? 'plain',
  'data-size': size ?? 'normal',
  'data-icon-only': iconOnly ? '' : undefined,
})

function Content({
  icon,
  iconOnly,
  children,
}: {
  readonly icon: IconName | undefined
  readonly iconOnly: boolean | undefined
  readonly children: ReactNode
}) {
  return (
    <>
      {icon && <Icon name={icon} />}
      {children !== undefined && <span className={iconOnly ? 'hidden-text' : 'button-text'}>{children}</span>}
    </>
  )
}

function ButtonAnchor({ kind, icon, size, iconOnly, children, ...rest }: Looks & ComponentProps<'a'>) {
  return (
    <a {...rest} {...looksOf({ kind, size, iconOnly })}>
      <Content icon={icon} iconOnly={iconOnly}>
        {children}
      </Content>
    </a>
  )
}

/** A link to a page that looks like a button. */
export const ButtonLink: LinkComponent<typeof ButtonAnchor> = createLink(ButtonAnchor)

/** A link to a file or another place that looks like a button. */
export const ButtonFileLink = ButtonAnchor
