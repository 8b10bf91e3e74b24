const units: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** Go counts nanoseconds in 63 bits: 292 years. */
const mostMs = 2 ** 63 / 1e6

/**
 * Reads a duration as Go writes them: `1h15m`, `1.5s`, `-3ms`; of bare numbers only 0.
 * @returns milliseconds
 * @throws {Error} in Go's words
 */
export function parseGoDuration(text: string): number {
  if (/^[-+]?0$/.test(text)) return 0
  const quoted = JSON.stringify(text)
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  let rest = body
  let total = 0
  do {
    const [whole = '', digits = '', unit = ''] = /^([0-9]*\.?[0-9]*)([^0-9.]*)/.exec(rest) ?? []
    if (digits === '' || digits === '.') throw new Error(`time: invalid duration ${quoted}`)
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`)
    const size = units.get(unit)
    if (size === undefined) {
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`)
    }
    total += Number(digits) * size
    rest = rest.slice(whole.length)
  } while (rest !== '')
  if (total >= mostMs) throw new Error(`time: invalid duration ${quoted}`)
  return sign === '-' ? -total : total
}
