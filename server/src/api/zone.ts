import { z } from '@hono/zod-openapi'

const epoch = Temporal.Instant.fromEpochMilliseconds(0)

const isZone = (name: string): boolean => {
  try {
    return epoch.toZonedDateTimeISO(name) !== undefined
  } catch {
    return false
  }
}

/** The zone in which days begin and times are written: a name of the IANA database. */
export const zoneField = z
  .string()
  .max(64)
  .default('UTC')
  .refine(isZone, { error: 'must be a time zone such as UTC or Europe/Berlin' })
  .openapi({ type: 'string', description: 'An IANA time zone; UTC unless said.', example: 'Europe/Berlin' })

/** Writes a moment as it is told in a zone, to the millisecond: 2026-01-31T10:00:00.000+01:00. */
export const timeIn = (zone: string, at: Date): string =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 3 })
