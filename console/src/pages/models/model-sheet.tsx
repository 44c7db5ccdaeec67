import type { ReactElement, ReactNode } from 'react'
import { useWho } from '../../api/session.ts'
import { formatShare } from '../../lib/numbers.ts'
import {
  formatPerMillion,
  formatPerOne,
  formatUnitCredits,
  type PriceClass,
  priceClasses,
  priceClassNames,
} from '../../lib/price.ts'
import { endpointOf, sampleBody, snippetsOf } from '../../lib/snippets.ts'
import { Facts } from '../../ui/badge.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { CodeBlock, CopyText, SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyNote, Skeleton } from '../../ui/state.tsx'
import { abilityName, modalityName } from '../../lib/abilities.ts'
import { CompareToggle, tokensText } from './compare.tsx'
import { type ListedModel, priceOf } from '../../parts/listed-model.ts'
import { ModelHistory } from './model-history.tsx'
import { ModelProviders } from './model-providers.tsx'
import { OwnSpend, WhatIf } from './own-spend.tsx'
import { SheetPart } from './sheet-part.tsx'

type Props = {
  readonly id: string | undefined
  readonly model: ListedModel | undefined
  /** Whether the list was read, so that a model that is not in it is none. */
  readonly isKnown: boolean
  readonly compared: readonly string[]
  readonly toggle: (id: string) => void
  readonly close: () => void
}

/** All that is known of one model. */
export function ModelSheet({ id, model, isKnown, compared, toggle, close }: Props): ReactElement {
  return (
    <Dialog
      isOpen={id !== undefined}
      onClose={close}
      title={model?.name ?? id ?? ''}
      shape="sheet"
      aside={model && <CompareToggle id={model.id} name={model.name} compared={compared} toggle={toggle} />}
    >
      {model && <Details model={model} />}
      {!model && !isKnown && <Skeleton width="12rem" />}
      {!model && isKnown && (
        <EmptyNote title="This model cannot be called">
          <p>
            No model <code>{id}</code> is listed: it is switched off, has no offer or no price, or is called otherwise.
          </p>
        </EmptyNote>
      )}
    </Dialog>
  )
}

function Details({ model }: { readonly model: ListedModel }) {
  const account = useWho()?.account
  const endpoint = endpointOf(model.architecture.output_modalities)
  return (
    <>
      <div className="page-actions">
        <CopyText text={model.id} what="model id" />
        {endpoint === 'chat' && (
          <ButtonLink to="/playground" search={{ model: model.id }} size="small" icon="playground">
            Try it
          </ButtonLink>
        )}
      </div>
      {model.description !== '' && <p className="model-description">{model.description}</p>}
      <SheetPart title="Prices">
        <Prices model={model} />
      </SheetPart>
      <SheetPart title="What it can do">
        <Facts facts={factsOf(model)} />
      </SheetPart>
      <SheetPart title="Providers">
        <ModelProviders id={model.id} />
      </SheetPart>
      <SheetPart title="Price history">
        <ModelHistory id={model.id} />
      </SheetPart>
      {account && <OwnSpend model={model} account={account} />}
      {account && <WhatIf model={model} account={account} />}
      <SheetPart title="Call it">
        <CodeBlock
          label={`Call ${model.id}`}
          samples={snippetsOf(endpoint, sampleBody(endpoint, model.id), window.location.origin)}
        />
      </SheetPart>
      <SameByApi
        calls={[
          { method: 'GET', address: `/v1/models/${model.id}`, does: 'The model' },
          { method: 'GET', address: `/v1/models/${model.id}/endpoints`, does: 'Who serves it' },
          { method: 'GET', address: `/v1/models/${model.id}/prices`, does: 'Its prices over time' },
          {
            method: 'GET',
            address: `/api/v1/usage/what-if?model_id=${encodeURIComponent(model.id)}`,
            does: 'What last month would have cost on it',
          },
        ]}
      />
    </>
  )
}

function Prices({ model }: { readonly model: ListedModel }) {
  const priced = priceClassNames.filter((name) => (priceOf(model, name) ?? 0n) > 0n)
  if (priced.length === 0) return <p>Nothing that it does costs anything.</p>
  return (
    <Facts
      facts={priced.map((name) => [
        priceClasses[name].label,
        <span key={name}>
          <PriceWords model={model} of={name} />
          {name === 'cached_input' && <span className="soft">{savingOf(model)}</span>}
        </span>,
      ])}
    />
  )
}

/** '5 credits per token, $2.50 per million'. */
function PriceWords({ model, of }: { readonly model: ListedModel; readonly of: PriceClass }) {
  const price = priceOf(model, of) ?? 0n
  const { unit } = priceClasses[of]
  const usd = unit === 'token' ? `${formatPerMillion(price)} per million` : `${formatPerOne(price)} per ${unit}`
  return (
    <>
      {formatUnitCredits(price)} credits per {unit} <span className="soft">= {usd}</span>
    </>
  )
}

/** How much less a cached token costs. */
function savingOf(model: ListedModel): string {
  const [input, cached] = [priceOf(model, 'input'), priceOf(model, 'cached_input')]
  if (input === undefined || cached === undefined || input <= cached) return ''
  return `, ${formatShare(Number(((input - cached) * 1_000n) / input) / 1_000)} less than input`
}

function factsOf(model: ListedModel): readonly (readonly [string, ReactNode])[] {
  const { architecture, supported_parameters: parameters } = model
  return [
    ['Context', tokensText(model.context_length)],
    ['Longest answer', tokensText(model.top_provider.max_completion_tokens)],
    ['Takes', architecture.input_modalities.map(modalityName).join(', ')],
    ['Gives', architecture.output_modalities.map(modalityName).join(', ')],
    ...(parameters.length > 0 ? ([['Understands', parameters.map(abilityName).join(', ')]] as const) : []),
    ...(model.aliases.length > 0 ? ([['Also called', model.aliases.join(', ')]] as const) : []),
  ]
}
