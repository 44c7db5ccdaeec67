import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { exactTime } from '../../lib/time.ts'
import { Facts } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MoneyBoth } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { kindOf, type Movement } from './ledger-words.ts'

/** What is known of a movement that is no call. */
export function MovementSheet({
  movement,
  onClose,
}: {
  readonly movement: Movement | undefined
  readonly onClose: () => void
}): ReactElement {
  const zone = useZone()
  return (
    <Dialog isOpen={movement !== undefined} onClose={onClose} title={kindOf(movement?.kind ?? '')} shape="sheet">
      {movement && (
        <>
          <Facts
            facts={[
              ['Amount', <MoneyBoth key="amount" amount={movement.credits} />],
              ['Balance after', <MoneyBoth key="balance" amount={movement.balance_after} />],
              ['Time', exactTime(new Date(movement.at), zone)],
              ['Reason', movement.note ?? 'none was given'],
              ['Reference', <CopyText key="reference" text={movement.reference} what="reference" />],
              ['Movement', `${movement.sequence} of this account, counted without gaps`],
            ]}
          />
          <p className="soft">
            Movements are never changed. What is taken back is a movement of its own; what became of credits that came
            in is told under{' '}
            <Link to="/credits" search={{ part: 'came-in' }}>
              what came in
            </Link>
            .
          </p>
        </>
      )}
    </Dialog>
  )
}
