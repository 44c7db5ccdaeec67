import { type ReactElement, useEffect, useState } from 'react'
import { countdown } from '../lib/countdown.ts'

const tickMs = 1_000

/** The clock that goes on every second, until a moment has passed. */
export function useSecondsUntil(until: Date): { readonly left: string | undefined } {
  const untilMs = until.getTime()
  const [nowMs, setNowMs] = useState(() => Date.now())
  const isOver = nowMs >= untilMs
  useEffect(() => {
    if (isOver) return undefined
    const timer = setInterval(() => setNowMs(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [isOver])
  return { left: countdown(new Date(untilMs), new Date(nowMs)) }
}

/** What is left of a time, second by second. It is seen, and not read out each second. */
export function Countdown({ until, over }: { readonly until: Date; readonly over: string }): ReactElement {
  const { left } = useSecondsUntil(until)
  return (
    <span role="timer" className="number">
      {left ?? over}
    </span>
  )
}
