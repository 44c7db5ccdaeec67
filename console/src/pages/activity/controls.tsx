import type { ReactElement } from 'react'
import { CheckField, Segments, Select } from '../../ui/fields.tsx'
import {
  type ActivitySearch,
  bucketsFor,
  type Group,
  groupNames,
  groups,
  metricNames,
  metrics,
  type Question,
  usualTop,
} from './question.ts'

type Props = {
  readonly question: Question
  readonly spanMs: number
  readonly set: (change: ActivitySearch) => void
}

const groupOptions = groupNames.map((name) => ({ value: name, label: groups[name] }))
const tops = [3, 5, 7, 15, 30]

/** What is charted, parted by what, in which bars. */
export function Controls({ question, spanMs, set }: Props): ReactElement {
  const { metric, group, subgroup, bucket, top } = question
  return (
    <div className="activity-controls" role="group" aria-label="The chart">
      <Labelled label="Of">
        <Select
          label="Metric"
          value={metric}
          onChange={(value) => set({ metric: value === 'spend' ? undefined : value })}
          options={metricNames.map((name) => ({ value: name, label: metrics[name].label }))}
        />
      </Labelled>
      <Labelled label="by">
        <Select<Group | 'none'>
          label="Group"
          value={group ?? 'none'}
          onChange={(value) => set({ group: value === 'model' ? undefined : value, subgroup: undefined })}
          options={[...groupOptions, { value: 'none', label: 'Nothing' }]}
        />
      </Labelled>
      <Labelled label="and">
        <Select<Group | 'none'>
          label="Subgroup"
          value={subgroup ?? 'none'}
          onChange={(value) => set({ subgroup: value === 'none' ? undefined : value })}
          options={[
            { value: 'none', label: 'Nothing more' },
            ...(group === undefined ? [] : groupOptions.filter(({ value }) => value !== group)),
          ]}
        />
      </Labelled>
      <Labelled label="Top">
        <Select
          label="Top"
          value={String(top)}
          onChange={(value) => set({ top: Number(value) === usualTop ? undefined : Number(value) })}
          options={[...new Set([...tops, top])].toSorted((a, b) => a - b).map((count) => option(String(count)))}
        />
      </Labelled>
      <Labelled label="per">
        <Select
          label="Bucket"
          value={bucket}
          onChange={(value) => set({ bucket: value })}
          options={bucketsFor(spanMs).map(option)}
        />
      </Labelled>
      <Switches question={question} set={set} />
    </div>
  )
}

const option = <Value extends string>(value: Value) => ({ value, label: value })

function Switches({ question, set }: Pick<Props, 'question' | 'set'>) {
  const { adds, cumulative, compare, look } = question
  return (
    <>
      {adds && !cumulative && (
        <Segments
          label="Drawn as"
          value={look}
          onChange={(value) => set({ look: value === 'bars' ? undefined : value })}
          options={[
            { value: 'bars', label: 'Bars' },
            { value: 'lines', label: 'Lines' },
          ]}
        />
      )}
      {adds && (
        <CheckField
          label="Cumulative"
          checked={cumulative}
          onChange={(checked) => set({ cumulative: checked || undefined })}
        />
      )}
      <CheckField
        label="Compare with the time before"
        checked={compare}
        onChange={(checked) => set({ before: checked || undefined })}
      />
    </>
  )
}

/** A word that makes the choices read as a sentence; the name of the choice itself is its label. */
const Labelled = ({ label, children }: { readonly label: string; readonly children: ReactElement }) => (
  <span className="activity-choice">
    <span className="soft" aria-hidden="true">
      {label}
    </span>
    {children}
  </span>
)
