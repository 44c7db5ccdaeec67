import { type ReactElement, useState } from 'react'
import { addressOf, type BodyOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { type CallFilters, filtersIn } from '../../lib/call-search.ts'
import { formatMoney, toCreditsText } from '../../lib/money.ts'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MoneyField, readMoney, SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { showToast } from '../../ui/toast.tsx'
import { metrics, type Question } from './question.ts'

const post = 'POST /api/v1/accounts/{id}/usage-alerts'
type Body = BodyOf<typeof post>

const watched = ['spend', 'calls', 'errors'] as const
const spans = { hour: 'an hour', day: 'a day', month: 'a month' } as const
const nouns = { spend: '', calls: ' calls', errors: ' failed calls' } as const

type Props = { readonly question: Question; readonly search: CallFilters }

/** Makes an alert of what the chart shows; where it cannot be one, the button says why. */
export function AlertOnChart({ question, search }: Props): ReactElement {
  const { reason } = useMay('billing')
  const [isOpen, setIsOpen] = useState(false)
  const metric = watched.find((each) => each === question.metric)
  const close = () => setIsOpen(false)
  return (
    <>
      <Button size="small" reason={reason ?? refusal(metric, search)} onClick={() => setIsOpen(true)}>
        Alert
      </Button>
      <Dialog isOpen={isOpen} onClose={close} title="Alert on this chart">
        {metric !== undefined && <AlertForm metric={metric} search={search} onClose={close} />}
      </Dialog>
    </>
  )
}

function refusal(metric: Body['metric'] | undefined, search: CallFilters): string | undefined {
  if (metric === undefined) return 'Alerts watch spend, calls and failed calls.'
  const { model: _model, key_id: _key, ...others } = filtersIn(search)
  return Object.keys(others).length === 0 ? undefined : 'Alerts can be of one key or model; take the other filters off.'
}

type FormProps = { readonly metric: Body['metric']; readonly search: CallFilters; readonly onClose: () => void }

function AlertForm({ metric, search, onClose }: FormProps) {
  const { account } = useSession()
  const shown = usePreference('unit')
  const [unit, setUnit] = useState(shown)
  const [text, setText] = useState('')
  const [span, setSpan] = useState<Body['span']>('day')
  const create = useAction(post, { stale: ['GET /api/v1/accounts/{id}/usage-alerts'] })
  const key = useKeyName(search.key_id)
  const money = metric === 'spend' ? readMoney(text, unit) : undefined
  const threshold = metric === 'spend' ? money !== undefined && money > 0n && toCreditsText(money) : countIn(text)
  const path = { id: account.id }
  const { key_id, model } = search
  const about = { ...(key_id !== undefined && { key_id }), ...(model !== undefined && { model }) }
  const body: Body = { metric, span, threshold: threshold || '1', ...about }
  const what = money === undefined ? `${text.trim()}${nouns[metric]}` : formatMoney(money, shown)
  const of = [key && `of the key ${key}`, model && `by ${model}`].filter(Boolean).join(' ')
  const sentence = `${account.name} is told once ${spans[span]} (UTC) reaches ${what}${of && ` ${of}`}. It stops nothing.`
  const submit = async () => {
    const outcome = await create.run({ path, body })
    if (!outcome.ok) return
    showToast('The alert is set.')
    onClose()
  }
  return (
    <Form
      submit="Set the alert"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={create.isRunning}
      failure={create.failure}
      reason={threshold ? undefined : 'Give a number above zero.'}
    >
      {metric === 'spend' ? (
        <MoneyField
          label="Spend of"
          name="threshold"
          value={text}
          onChange={setText}
          unit={unit}
          onUnitChange={setUnit}
        />
      ) : (
        <TextField label={metrics[metric].label} name="threshold" value={text} onChange={setText} inputMode="numeric" />
      )}
      <SelectField
        label="In"
        value={span}
        onChange={setSpan}
        options={Object.entries(spans).map(([value, label]) => ({ value: value as Body['span'], label }))}
      />
      {threshold && (
        <>
          <p className="soft">{sentence}</p>
          <SameByApi calls={[{ method: 'POST', address: addressOf(post, { path, body }), body }]} />
        </>
      )}
    </Form>
  )
}

const countIn = (text: string): string | false => (/^[1-9]\d{0,14}$/.test(text.trim()) ? text.trim() : false)

function useKeyName(id: string | undefined): string | undefined {
  const { data } = useApi('GET /api/v1/keys/{id}', { path: { id: id ?? '' } }, { enabled: id !== undefined })
  return data?.data.name
}
