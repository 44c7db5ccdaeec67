import type { ReactElement } from 'react'
import { priceOf, type ListedModel } from '../../parts/listed-model.ts'
import { FilterText } from '../../ui/filter-bar.tsx'
import type { MoneyUnit } from '../../lib/money.ts'
import { formatPerMillion, formatUnitCredits } from '../../lib/price.ts'
import { usePreference } from '../../ui/preferences.ts'

/** Which model answers on a side: typed, with what the browser offers from the list. */
export function ModelPicker({
  label,
  id,
  model,
  models,
  onChange,
}: {
  readonly label: string
  readonly id: string | undefined
  readonly model: ListedModel | undefined
  readonly models: readonly ListedModel[]
  readonly onChange: (id: string | undefined) => void
}): ReactElement {
  return (
    <div className="model-picker">
      <FilterText
        label={label}
        value={id}
        onChange={onChange}
        suggestions={models.map((each) => each.id)}
        width="100%"
      />
      <p className="soft">{wordsOf(id, model, models.length > 0, usePreference('unit'))}</p>
    </div>
  )
}

function wordsOf(id: string | undefined, model: ListedModel | undefined, isRead: boolean, unit: MoneyUnit): string {
  if (id === undefined) return 'Choose a model.'
  if (!model) return isRead ? 'No model of this name answers here.' : ''
  const [input, output] = [priceOf(model, 'input'), priceOf(model, 'output')]
  if (input === undefined || output === undefined) return model.name
  return unit === 'usd'
    ? `${formatPerMillion(input)} in, ${formatPerMillion(output)} out per million tokens`
    : `${formatUnitCredits(input)} credits in, ${formatUnitCredits(output)} out per token`
}
