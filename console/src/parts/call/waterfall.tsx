import { type ReactElement, useRef } from 'react'
import { outcomeOf } from '../../lib/call-words.ts'
import type { Attempt } from '../call-type.ts'
import { axisSteps } from '../../lib/chart.ts'
import { formatDuration } from '../../lib/numbers.ts'
import { useWidth } from '../../ui/width.ts'

type Tries = { readonly attempts: readonly Attempt[]; readonly totalMs: number | null }

const rowPx = 32
const axisPx = 20

/** Every try of a call over time: when it began, waited, answered. The list under the picture says the same in words. */
export const Waterfall = ({ attempts, totalMs }: Tries): ReactElement => (
  <div className="waterfall">
    <Picture attempts={attempts} totalMs={totalMs} />
    <ol className="tries">
      {attempts.map((attempt, at) => (
        <Try key={at} attempt={attempt} />
      ))}
    </ol>
  </div>
)

function Try({ attempt }: { readonly attempt: Attempt }) {
  const { words, tone } = outcomeOf(attempt)
  const { provider, model, why, own_key, after_ms, first_byte_ms, ms } = attempt
  return (
    <li data-tone={tone}>
      <p>
        <strong>{provider}</strong> {words}
      </p>
      <p className="soft">
        Asked for: {why}
        {model !== null && ` · ${model}`}
        {own_key && ' · with your own key'} · began after {formatDuration(after_ms)}
        {first_byte_ms !== null && `, first byte ${formatDuration(first_byte_ms)} later`}, took {formatDuration(ms)}
      </p>
    </li>
  )
}

function Picture({ attempts, totalMs }: Tries) {
  const holder = useRef<HTMLDivElement>(null)
  const width = useWidth(holder)
  const most = Math.max(totalMs ?? 0, ...attempts.map(({ after_ms, ms }) => after_ms + ms), 1)
  const xOf = (ms: number) => (ms / most) * width
  const height = attempts.length * rowPx + axisPx
  return (
    <div ref={holder} className="waterfall-picture">
      <svg width={width} height={height} role="img" aria-label={wordsOf(attempts)}>
        <g className="waterfall-axis">
          {axisSteps(most)
            .filter((step) => step <= most)
            .map((step) => (
              <g key={step}>
                <line x1={xOf(step)} x2={xOf(step)} y1={0} y2={height - axisPx} />
                <text x={xOf(step)} y={height - 6} textAnchor={anchorOf(xOf(step), width)}>
                  {formatDuration(step)}
                </text>
              </g>
            ))}
        </g>
        {attempts.map((attempt, at) => (
          <Bar key={at} attempt={attempt} top={at * rowPx} xOf={xOf} width={width} />
        ))}
      </svg>
      <p className="soft waterfall-key">Pale: waiting for the first byte. Full: answering.</p>
    </div>
  )
}

const anchorOf = (x: number, width: number) => (x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle')

function Bar({
  attempt,
  top,
  xOf,
  width,
}: {
  readonly attempt: Attempt
  readonly top: number
  readonly xOf: (ms: number) => number
  readonly width: number
}) {
  const { after_ms, ms, first_byte_ms, provider } = attempt
  const [begin, end] = [xOf(after_ms), xOf(after_ms + ms)]
  const first = first_byte_ms === null ? end : xOf(after_ms + first_byte_ms)
  const isLeft = begin < width * 0.6
  return (
    <g data-tone={outcomeOf(attempt).tone} className="waterfall-try">
      <text x={isLeft ? begin : end} y={top + 12} textAnchor={isLeft ? 'start' : 'end'}>
        {provider}
      </text>
      <rect data-part="wait" x={begin} y={top + 16} height={10} width={Math.max(2, first - begin)} />
      {end > first && <rect x={first} y={top + 16} height={10} width={end - first} />}
    </g>
  )
}

const wordsOf = (attempts: readonly Attempt[]) =>
  `Tries over time: ${attempts
    .map(
      (attempt) =>
        `${attempt.provider} ${outcomeOf(attempt).words}, from ${formatDuration(attempt.after_ms)} for ${formatDuration(attempt.ms)}`,
    )
    .join('; ')}`
