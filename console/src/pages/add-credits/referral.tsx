import { type ReactElement, useState } from 'react'
import { useAction, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits, formatMoney } from '../../lib/money.ts'
import { counted } from '../../lib/numbers.ts'
import { CopyText } from '../../ui/code.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Section } from '../../ui/page.tsx'

const get = 'GET /api/v1/accounts/{id}/referral'
const post = 'POST /api/v1/accounts/{id}/referral'

const inCredits = (text: string) => formatMoney(credits(text), 'credits')

const ownWords = {
  open: 'Somebody brought you: both are rewarded once your first payment can no longer be refunded.',
  rewarded: 'Somebody brought you, and both were rewarded.',
  void: 'Somebody brought you; the first payment was given back, so nobody was rewarded.',
  taken_back: 'Somebody brought you; what you bought was given back, and the rewards with it.',
} as const

/** Credits for bringing somebody, where the server gives them. */
export function Referral(): ReactElement | null {
  const { account } = useSession()
  const { data } = useApi(get, { path: { id: account.id } })
  const referral = data?.data
  if (!referral || (credits(referral.gives_credits) === 0n && credits(referral.gets_credits) === 0n)) return null
  return (
    <Section
      title="Bring somebody"
      intro={`Who comes with your code gets ${inCredits(referral.gets_credits)}, you get ${inCredits(referral.gives_credits)}, once their first payment can no longer be refunded.`}
    >
      <p>
        <CopyText text={referral.code} what="referral code" />{' '}
        <span className="soft">
          {counted(referral.brought, 'account came', 'accounts came')} by it, {referral.rewarded} of at most{' '}
          {referral.rewarded_max} rewarded.
        </span>
      </p>
      {referral.own === null ? <WhoBroughtYou /> : <p className="soft">{ownWords[referral.own]}</p>}
    </Section>
  )
}

function WhoBroughtYou() {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const [code, setCode] = useState('')
  const say = useAction(post, { stale: [get] })
  return (
    <details className="who-brought">
      <summary>Somebody brought you?</summary>
      <Form
        submit="Say who"
        onSubmit={() => void say.run({ path: { id: account.id }, body: { code: code.trim() } })}
        isBusy={say.isRunning}
        failure={say.failure}
        reason={reason ?? (code.trim() === '' ? 'Type their code.' : undefined)}
      >
        <TextField
          label="Their code"
          name="code"
          mono
          autoComplete="off"
          maxLength={100}
          value={code}
          onChange={setCode}
        />
      </Form>
    </details>
  )
}
