import { type ReactElement, useState } from 'react'
import { type InputOf, callApi } from '../../api/client.ts'
import { invalidate, useAction } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay } from '../../api/session.ts'
import type { Failure } from '../../lib/failure.ts'
import { formatUnitCredits, type PriceClass, priceClasses, priceClassNames, readPerMillion } from '../../lib/price.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { useZone } from '../../ui/preferences.ts'
import { useNow, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useQueryClient } from '@tanstack/react-query'
import { draftPrices, draftReason, draftStart, emptyPrices, isWrong, type PriceDraft } from './price-draft.ts'
import { PreviewView } from './preview.tsx'
import type { ClassPrices } from './timeline.ts'

type Preview = { readonly name: string; readonly found: Schemas['PricePreview'] }
type Props = {
  readonly model: Schemas['CatalogEntry']
  readonly offerId: string | undefined
  readonly classes: readonly ClassPrices[]
}

/** New prices: typed, previewed, then set. What was previewed is what is set. */
export function PriceForm({ model, offerId, classes }: Props): ReactElement {
  const { reason } = useMay('operate')
  const zone = useZone()
  const now = useNow()
  const [draft, setDraft] = useState(emptyPrices)
  const [preview, setPreview] = useState<Preview>()
  const look = useAction('POST /api/v1/prices/preview')
  const set = useSetPrices()
  const start = draftStart(draft, zone)
  const body = {
    model_id: model.id,
    offer_id: offerId,
    prices: draftPrices(draft),
    valid_from: start?.toISOString(),
  }
  const name = JSON.stringify(body)
  const notYet = reason ?? draftReason(draft, zone, now)
  const show = async () => {
    const outcome = await look.run({ body })
    if (outcome.ok) setPreview({ name, found: outcome.answer.data })
  }
  const save = async () => {
    if (!(await set.run(body))) return
    showToast(`The prices of ${model.id} were set.`)
    setDraft(emptyPrices)
    setPreview(undefined)
  }
  return (
    <Form
      submit={start ? 'Set these prices for then' : 'Set these prices now'}
      onSubmit={() => void save()}
      isBusy={set.isRunning}
      failure={set.failure ?? look.failure}
      reason={notYet ?? (preview?.name === name ? undefined : 'Preview them first.')}
    >
      <ClassFields draft={draft} setDraft={setDraft} classes={classes} entry={model} />
      <StartField draft={draft} setDraft={setDraft} />
      <div>
        <Button reason={notYet} isBusy={look.isRunning} onClick={() => void show()}>
          Preview
        </Button>
      </div>
      {preview?.name === name && <PreviewView preview={preview.found} />}
    </Form>
  )
}

type NewPrices = InputOf<'POST /api/v1/prices/preview'>['body']

/** Sets each price, one after the other; stops at the first that is refused, and says so. */
function useSetPrices() {
  const queries = useQueryClient()
  const [isRunning, setIsRunning] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const run = async ({ prices, ...common }: NewPrices): Promise<boolean> => {
    setIsRunning(true)
    setFailure(undefined)
    const done: string[] = []
    let refused: Failure | undefined
    for (const name of priceClassNames) {
      const usd = prices[name]
      if (usd === undefined || refused) continue
      const outcome = await callApi('POST /api/v1/prices', { body: { ...common, class: name, usd_per_million: usd } })
      if (outcome.ok) done.push(priceClasses[name].label)
      else refused = { ...outcome.failure, message: `${priceClasses[name].label}: ${outcome.failure.message}` }
    }
    await invalidate(queries, ['GET /api/v1/prices', 'GET /api/v1/catalog', 'GET /v1/models'])
    if (refused && done.length > 0)
      refused = { ...refused, message: `${refused.message} These were set before: ${done.join(', ')}.` }
    setFailure(refused)
    setIsRunning(false)
    return refused === undefined
  }
  return { run, isRunning, failure }
}

type FieldProps = { readonly draft: PriceDraft; readonly setDraft: (draft: PriceDraft) => void }

/** The classes that the model is known to use; others on demand. */
function ClassFields({
  draft,
  setDraft,
  classes,
  entry,
}: FieldProps & { readonly classes: readonly ClassPrices[]; readonly entry: Schemas['CatalogEntry'] }) {
  const [isAll, setIsAll] = useState(false)
  const known = new Set<PriceClass>(['input', 'output', ...entry.missing_prices, ...classes.map((each) => each.class)])
  const shown = priceClassNames.filter((name) => isAll || known.has(name))
  return (
    <>
      <div className="class-fields">
        {shown.map((name) => {
          const text = draft.usd[name] ?? ''
          const price = readPerMillion(text)
          const now = classes.find((each) => each.class === name)?.now
          return (
            <TextField
              key={name}
              label={`${priceClasses[name].label}, USD per million`}
              inputMode="decimal"
              autoComplete="off"
              value={text}
              onChange={(usd) => setDraft({ ...draft, usd: { ...draft.usd, [name]: usd } })}
              placeholder={now?.usd_per_million ?? ''}
              error={isWrong(text) ? 'Digits with decimals after a point, such as 0.15.' : undefined}
              hint={
                price !== undefined && price >= 0n
                  ? `= ${formatUnitCredits(price)} credits per ${priceClasses[name].unit}`
                  : now
                    ? `Now ${now.usd_per_million}`
                    : undefined
              }
            />
          )
        })}
      </div>
      {!isAll && (
        <div>
          <Button kind="quiet" size="small" onClick={() => setIsAll(true)}>
            Other classes
          </Button>
        </div>
      )}
    </>
  )
}

function StartField({ draft, setDraft }: FieldProps) {
  const zone = useZoneName()
  return (
    <div className="start-field">
      <TextField
        label={`Begin at (${zone})`}
        name="valid_from"
        type="datetime-local"
        optional
        value={draft.startsAt}
        onChange={(startsAt) => setDraft({ ...draft, startsAt })}
        hint="Empty: at once."
      />
    </div>
  )
}
