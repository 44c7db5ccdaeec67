import type { ReactElement } from 'react'
import { ButtonLink } from '../ui/button.tsx'
import { Page } from '../ui/page.tsx'

/** What an address shows that leads nowhere. */
export function NotFound(): ReactElement {
  return (
    <Page title="There is no such page" intro="The address may be old, or something in it is gone.">
      <div>
        <ButtonLink to="/">Go to the overview</ButtonLink>
      </div>
    </Page>
  )
}
