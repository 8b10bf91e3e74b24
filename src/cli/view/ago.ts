const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/**
 * How long ago a time is, in one unit: `12s ago`; `in 3m` for one to come.
 * @param at RFC 3339
 * @param now milliseconds since 1970
 */
export function ago(at: string | undefined, now: number): string {
  const time = at === undefined ? Number.NaN : Date.parse(at)
  if (Number.isNaN(time)) return ''
  const passed = now - time
  const [unit, ms] = units.find(([, one]) => Math.abs(passed) >= one) ?? ['s', 1000]
  const count = String(Math.floor(Math.abs(passed) / ms))
  return passed >= 0 ? `${count}${unit} ago` : `in ${count}${unit}`
}
