export const alertSpans = ['hour', 'day', 'month'] as const
export type AlertSpan = (typeof alertSpans)[number]

/** The calendar hour, day or month (UTC) in which a moment lies: from its start up to the start of the next. */
export function spanAround(at: Date, span: AlertSpan): { readonly start: Date; readonly end: Date } {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  const from = (more: number): number => {
    if (span === 'month') return Date.UTC(year, month + more)
    return span === 'day' ? Date.UTC(year, month, day + more) : Date.UTC(year, month, day, at.getUTCHours() + more)
  }
  return { start: new Date(from(0)), end: new Date(from(1)) }
}
