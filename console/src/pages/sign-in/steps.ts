import { useState } from 'react'
import type { Failure } from '../../lib/failure.ts'
import type { Enter } from './enter.ts'

/** What the device or the wallet did not do, beside what the server refused. */
export const refusalOf = (why: string): Failure => ({
  ...{ status: 0, code: 'device_refused', message: why, param: undefined, requestId: undefined },
})

/** Runs what asks the server and the device in turn; undefined means that it let the person in. */
export function useSteps<Given>(ask: (given: Given) => Promise<Failure | undefined>, enter: Enter) {
  const [failure, setFailure] = useState<Failure>()
  const [isRunning, setIsRunning] = useState(false)
  const run = async (given: Given) => {
    setIsRunning(true)
    setFailure(undefined)
    const refused = await ask(given)
    setFailure(refused)
    setIsRunning(false)
    if (!refused) await enter()
  }
  return { failure, isRunning, run: (given: Given) => void run(given) }
}
