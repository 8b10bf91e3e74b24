/** Lines of figures, all in one form. */
import type { IntervalHistogram } from 'node:perf_hooks'

/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Milliseconds of processor time that some work takes; what else the machine does counts little. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The percentiles of how long the event loop was held that are shown; the last is the most. */
export const percentiles: readonly number[] = [50, 90, 99, 99.9, 100]

/** `p50 2.1, p90 5.2, p99 7.9, p99.9 12.0, max 14.1 ms` */
export function holds(delay: IntervalHistogram): string {
  const shown = percentiles.map((percentile) => {
    const name = percentile === 100 ? 'max' : `p${String(percentile)}`
    return `${name} ${(delay.percentile(percentile) / 1e6).toFixed(1)}`
  })
  return `${shown.join(', ')} ms`
}

/** One line: what was measured, the figure, and what it is compared with. */
export function line(what: string, figure: string, compared = ''): void {
  process.stdout.write(`${what.padEnd(58)} ${figure.padStart(14)}  ${compared}\n`)
}

/** `5.1x to 6.0x of Prometheus' 62,000 to 75,000`. */
export function ratios(
  value: number,
  [low, high]: readonly [number, number],
  unit: string,
): string {
  const times = (reference: number): string => `${(value / reference).toFixed(1)}x`
  return `${times(high)} to ${times(low)} of Prometheus' ${whole(low)} to ${whole(high)} ${unit}`
}

/** A number without decimals, grouped by thousands. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
