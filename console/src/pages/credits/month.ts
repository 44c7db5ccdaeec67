const names = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** 'January 2026' of '2026-01'. */
export const monthName = (month: string): string => {
  const [year, number] = month.split('-')
  return `${names[Number(number) - 1] ?? month} ${year ?? ''}`
}
