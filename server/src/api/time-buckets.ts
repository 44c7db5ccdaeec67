export const bucketUnits = ['minute', 'hour', 'day', 'week', 'month'] as const
export type BucketUnit = (typeof bucketUnits)[number]

const unitMs = { minute: 60_000, hour: 3_600_000 } as const

/** The whole time as one: minutes and hours begin with those of UTC, days, weeks (from Monday) and months with the zone's. */
export type Buckets = { readonly from: Date; readonly to: Date; readonly unit: BucketUnit; readonly zone: string }

const zoned = (at: Date, zone: string) => Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)

const dateOf = (at: Temporal.ZonedDateTime): Date => new Date(at.epochMilliseconds)

/** The start of the bucket in which a moment lies. */
export function bucketStart(at: Date, unit: BucketUnit, zone: string): Date {
  if (unit === 'minute' || unit === 'hour') return new Date(at.getTime() - (at.getTime() % unitMs[unit]))
  const day = zoned(at, zone).startOfDay()
  if (unit === 'day') return dateOf(day)
  const first = unit === 'week' ? day.subtract({ days: day.dayOfWeek - 1 }) : day.with({ day: 1 })
  return dateOf(first.startOfDay())
}

/** A moment so many units later, or earlier when negative. */
export function moved(at: Date, units: number, unit: BucketUnit, zone: string): Date {
  if (unit === 'minute' || unit === 'hour') return new Date(at.getTime() + units * unitMs[unit])
  return dateOf(zoned(at, zone).add({ [`${unit}s`]: units }))
}

/** Where buckets begin, and at last where they end: `from`, each start of a unit after it, `to`. At most so many and one. */
export function bucketEdges({ from, to, unit, zone }: Buckets, most: number): Date[] {
  const edges = [from]
  for (let next = bucketStart(moved(from, 1, unit, zone), unit, zone); next < to && edges.length <= most;) {
    if (next > from) edges.push(next)
    next = bucketStart(moved(next, 1, unit, zone), unit, zone)
  }
  return [...edges, to]
}

/** The same edges so many units earlier as there are buckets, none after the first of them. */
export function edgesBefore(edges: readonly Date[], unit: BucketUnit, zone: string): Date[] {
  const units = edges.length - 1
  return edges.map((edge) => {
    const before = moved(edge, -units, unit, zone)
    return before > edges[0]! ? edges[0]! : before
  })
}
