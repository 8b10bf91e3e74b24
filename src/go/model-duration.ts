const units: ReadonlyMap<string, number> = new Map([
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
])
const order = [...units.keys()]
// Go counts nanoseconds in 64 bits.
const longest = 9_223_372_036_854

/**
 * Reads a duration as Prometheus writes them: `1h30m`, units in descending order.
 * @returns milliseconds
 * @throws {Error} in the words of prometheus/common's model.ParseDuration
 */
export function parseDuration(written: string): number {
  if (written === '') throw new Error('empty duration string')
  if (written === '0') return 0
  let rest = written
  let last = -1
  let total = 0
  while (rest !== '') {
    const [whole = '', digits = '', unit = ''] = /^([0-9]+)([^0-9]*)/.exec(rest) ?? []
    if (digits === '' || unit === '') throw invalid(written)
    const size = units.get(unit)
    if (size === undefined) {
      throw new Error(`unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(written)}`)
    }
    const rank = order.indexOf(unit)
    if (rank <= last) throw invalid(written)
    last = rank
    total += Number(digits) * size
    if (total > longest) throw new Error('duration out of range')
    rest = rest.slice(whole.length)
  }
  return total
}

function invalid(written: string): Error {
  return new Error(`not a valid duration string: ${JSON.stringify(written)}`)
}

/** Prints milliseconds as Prometheus does: years and weeks only where they divide exactly. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = ms
  let out = ''
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    const exactOnly = unit === 'y' || unit === 'w'
    if (count === 0 || (exactOnly && rest % size !== 0)) continue
    out += `${String(count)}${unit}`
    rest -= count * size
  }
  return out
}
