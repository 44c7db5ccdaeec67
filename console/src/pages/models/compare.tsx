import type { ReactElement, ReactNode } from 'react'
import { formatCount } from '../../lib/numbers.ts'
import { priceClasses, priceClassNames } from '../../lib/price.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { PriceBoth } from '../../ui/price.tsx'
import { abilities, abilityName, modalityName } from '../../lib/abilities.ts'
import { type ListedModel, priceOf } from '../../parts/listed-model.ts'
import type { ChangeSearch, ModelsSearch } from './search.ts'

/** More than these do not fit side by side. */
export const compareMost = 4

type Toggle = { readonly compared: readonly string[]; readonly toggle: (id: string) => void }

/** Puts a model among those to compare, or takes it away. */
export function CompareToggle({
  id,
  name,
  compared,
  toggle,
}: Toggle & { readonly id: string; readonly name: string }): ReactElement {
  const isIn = compared.includes(id)
  const isFull = !isIn && compared.length >= compareMost
  return (
    <Button
      kind="quiet"
      size="small"
      icon={isIn ? 'check' : 'plus'}
      iconOnly
      aria-pressed={isIn}
      reason={isFull ? `Up to ${compareMost} models are compared. Take one away first.` : undefined}
      onClick={() => toggle(id)}
    >
      {`Compare ${name}`}
    </Button>
  )
}

/** What was chosen so far, at the foot of the window. */
export function CompareBar({
  compared,
  toggle,
  change,
}: Toggle & { readonly change: ChangeSearch }): ReactElement | null {
  if (compared.length === 0) return null
  return (
    <section className="compare-bar" aria-label="Models to compare">
      <ul>
        {compared.map((id) => (
          <li key={id}>
            <code>{id}</code>
            <Button kind="quiet" size="small" icon="close" iconOnly onClick={() => toggle(id)}>
              {`Take ${id} away`}
            </Button>
          </li>
        ))}
      </ul>
      <div className="page-actions">
        <Button kind="quiet" size="small" onClick={() => change({ compare: undefined })}>
          Clear
        </Button>
        <Button
          kind="primary"
          size="small"
          reason={compared.length < 2 ? 'Choose one more model to compare.' : undefined}
          onClick={() => change({ view: 'compare' })}
        >
          Compare
        </Button>
      </div>
    </section>
  )
}

/** Up to four models side by side, a line for each thing that tells them apart. */
export function CompareDialog({
  models,
  search,
  toggle,
  change,
}: {
  readonly models: readonly ListedModel[]
  readonly search: ModelsSearch
  readonly toggle: (id: string) => void
  readonly change: ChangeSearch
}): ReactElement {
  const compared = (search.compare ?? []).slice(0, compareMost)
  const found = compared.map((id) => models.find((model) => model.id === id)).filter((model) => model !== undefined)
  return (
    <Dialog
      isOpen={search.view === 'compare' && found.length > 0}
      onClose={() => change({ view: undefined })}
      title="Compare models"
      shape="wide"
    >
      <CompareTable models={found} toggle={toggle} />
      {found.length > 1 && (
        <div>
          <ButtonLink to="/playground" search={{ model: found[0]?.id, second: found[1]?.id }} icon="playground">
            Try the first two side by side
          </ButtonLink>
        </div>
      )}
    </Dialog>
  )
}

function CompareTable({
  models,
  toggle,
}: {
  readonly models: readonly ListedModel[]
  readonly toggle: (id: string) => void
}) {
  return (
    // It scrolls, so the keyboard must reach it.
    <div className="compare" role="region" aria-label="Comparison" tabIndex={0}>
      <table>
        <caption className="hidden-text">The chosen models side by side</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden-text">Property</span>
            </th>
            {models.map(({ id, name }) => (
              <th key={id} scope="col">
                <span>{name}</span>
                <code className="soft">{id}</code>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {linesOf(models).map(({ label, cells }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {cells.map((cell, at) => (
                <td key={models[at]?.id}>{cell}</td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">
              <span className="hidden-text">Actions</span>
            </th>
            {models.map(({ id }) => (
              <td key={id}>
                <Button kind="quiet" size="small" onClick={() => toggle(id)}>
                  Take away
                </Button>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

type Line = { readonly label: string; readonly cells: readonly ReactNode[] }

function linesOf(models: readonly ListedModel[]): readonly Line[] {
  const line = (label: string, cellOf: (model: ListedModel) => ReactNode): Line => ({
    label,
    cells: models.map(cellOf),
  })
  const priced = priceClassNames.filter((name) => models.some((model) => (priceOf(model, name) ?? 0n) > 0n))
  const known = Object.keys(abilities).filter((name) =>
    models.some(({ supported_parameters: parameters }) => parameters.includes(name)),
  )
  return [
    ...priced.map((name) =>
      line(priceClasses[name].label, (model) => <PriceBoth of={name} price={priceOf(model, name)} />),
    ),
    line('Context', ({ context_length: tokens }) => tokensText(tokens)),
    line('Longest answer', ({ top_provider: { max_completion_tokens: tokens } }) => tokensText(tokens)),
    line('Takes', ({ architecture }) => architecture.input_modalities.map(modalityName).join(', ')),
    line('Gives', ({ architecture }) => architecture.output_modalities.map(modalityName).join(', ')),
    ...known.map((name) =>
      line(abilityName(name), ({ supported_parameters: parameters }) => (parameters.includes(name) ? 'Yes' : 'No')),
    ),
    line('Providers', ({ providers }) => providers.join(', ')),
  ]
}

export const tokensText = (tokens: number | null): string =>
  tokens === null ? 'Not told' : `${formatCount(tokens)} tokens`
