const powers = ['', 'K', 'M', 'G', 'T', 'P', 'E']

/**
 * Reads a size such as `512MB`; `MB` and `MiB` both mean powers of two, as in Prometheus, but one
 * text cannot have both kinds.
 * @returns bytes
 * @throws {Error} in the words of alecthomas/units
 */
export function parseBytes(written: string): number {
  const isBinary = /[KMGTPE]iB/.test(written) && !/[KMGTPE]B/.test(written)
  return parseUnits(written, isBinary ? /^(?:([KMGTPE])i)?B$/ : /^([KMGTPE])?B$/)
}

function parseUnits(written: string, unitShape: RegExp): number {
  if (written === '0') return 0
  let total = 0
  let rest = written.replace(/^[-+]/, '')
  if (rest === '') throw new Error(`units: invalid ${written}`)
  while (rest !== '') {
    const [whole = '', digits = '', unit = ''] = /^([0-9]*\.?[0-9]*)([^0-9.]*)/.exec(rest) ?? []
    if (digits === '' || digits === '.') throw new Error(`units: invalid ${written}`)
    const shape = unitShape.exec(unit)
    if (shape === null) throw new Error(`units: unknown unit ${unit} in ${written}`)
    total += Number(digits) * 1024 ** powers.indexOf(shape[1] ?? '')
    rest = rest.slice(whole.length)
  }
  if (total > 2 ** 63) throw new Error('units: overflow parsing unit')
  return written.startsWith('-') ? -total : total
}

/** Prints bytes in the largest units that divide them: `1MiB512KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return '0B'
  let rest = Math.abs(bytes)
  let out = bytes < 0 ? '-' : ''
  for (let power = powers.length - 1; power >= 0; power -= 1) {
    const size = 1024 ** power
    const count = Math.floor(rest / size)
    if (count === 0) continue
    out += `${String(count)}${powers[power] ?? ''}${power === 0 ? 'B' : 'iB'}`
    rest -= count * size
  }
  return out
}
