/**
 * A number as Go's strconv.FormatFloat(value, 'f', precision, 64) prints it: never with an exponent; halves
 * are rounded to the even digit, where JavaScript rounds them up.
 * @param precision digits behind the point; without it as few as tell the number from all others
 */
export function formatFixed(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (size >= 1e21) return sign + withZeros(BigInt(size).toString(), precision ?? 0)
  if (precision === undefined) return sign + plain(size)
  const rounded = size.toFixed(precision)
  // A half has this many digits exactly: its own, a five, and nothing behind it.
  const exact = size.toFixed(Math.min(100, precision + 40))
  const kept = exact.slice(0, exact.indexOf('.') + (precision === 0 ? 0 : 1 + precision))
  const isHalf = /^\.?50*$/.test(exact.slice(kept.length))
  return sign + (isHalf && /[02468]$/.test(kept) ? kept : rounded)
}

/** A number as Go's `%v` and strconv.FormatFloat(value, 'g', -1, 64) print it: `1.5`, `1e+06`, `1e-05`. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return formatFixed(value)
  const sign = Object.is(value, -0) ? '-' : ''
  return `${sign}${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

/** The shortest digits of a number below 1e21, without an exponent. */
function plain(size: number): string {
  const text = String(size)
  const [digits = '', exponent] = text.split('e-')
  if (exponent === undefined) return text
  return `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`
}

function withZeros(whole: string, precision: number): string {
  return precision === 0 ? whole : `${whole}.${'0'.repeat(precision)}`
}
