import { parseGoDuration } from '../../go/duration.js'

/**
 * How long a request wants to be held until its list changes: `?wait=30s`, or `Prefer: wait=30` (RFC 7240, section
 * 4.3). A preference that cannot be read is left out, as the RFC says; a parameter that cannot is an error.
 * @returns milliseconds; undefined where nothing was asked for
 * @throws {RangeError} for a parameter that is no time
 */
export function wantedWaitMs(
  parameter: string | undefined,
  prefer: string | undefined,
): number | undefined {
  if (parameter !== undefined) return parameterMs(parameter)
  for (const preference of (prefer ?? '').split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? []
    // The first of several counts.
    if (seconds !== undefined) return Number(seconds) * 1000
  }
  return undefined
}

function parameterMs(text: string): number {
  try {
    const ms = /^[0-9]{1,9}$/.test(text) ? Number(text) * 1000 : parseGoDuration(text)
    if (ms >= 0) return ms
  } catch {
    // Said below, in the words of this parameter.
  }
  throw new RangeError('wait must be a time such as 30s')
}
