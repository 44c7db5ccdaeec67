/** What one check found. `skip`: it could not be looked at, and why. */
export type Finding = {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail' | 'skip'
  readonly detail: string
  /** What to do about it. */
  readonly advice?: string
}

/** Makes the findings of one check. */
export const findingsOf = (name: string) => ({
  ok: (detail: string): Finding => ({ name, state: 'ok', detail }),
  warn: (detail: string, advice: string): Finding => ({ name, state: 'warn', detail, advice }),
  fail: (detail: string, advice: string): Finding => ({ name, state: 'fail', detail, advice }),
  skip: (detail: string): Finding => ({ name, state: 'skip', detail }),
})
