import { createHash } from 'node:crypto'
import { checkGroups } from '../groups/check-groups.js'
import { holdsPassword } from '../groups/holds-password.js'
import type { TargetGroup } from '../groups/target-group.js'

const format = 'muster discovery state'
const version = 1

/** What a state file says of itself. */
export interface StateHeader {
  /** Names the provider's config; see `fingerprint`. */
  readonly fingerprint: string
  /** For people who look at the file. */
  readonly mechanism: string
}

/** A state file cannot be used, or not be written, for a reason that is not the system's. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError'
  readonly code = 'ERR_DISCOVERY_STATE'
}

/**
 * The lines of a state file: a header, one group a line, and a last line that proves that nothing of
 * it is missing or changed.
 * @throws {StateFileError} at a group that holds a password, which must not get onto a disk
 */
export function* stateLines(
  header: StateHeader,
  groups: Iterable<TargetGroup>,
): Generator<string, void, undefined> {
  const hash = createHash('sha256')
  const sealed = (value: unknown): string => {
    const line = `${JSON.stringify(value)}\n`
    hash.update(line)
    return line
  }
  yield sealed({ format, version, ...header })
  let count = 0
  for (const group of groups) {
    const { source, labels, targets } = group
    if (holdsPassword(group)) throw new StateFileError('a label holds a password')
    count += 1
    yield sealed({ source, labels, targets })
  }
  yield `${JSON.stringify({ groups: count, sha256: hash.digest('hex') })}\n`
}

/**
 * Reads the text of a state file.
 * @throws {StateFileError} when it cannot be used, with the reason
 */
export function readState(text: string): StateHeader & { readonly groups: readonly TargetGroup[] } {
  const lines = text.split('\n')
  const end = lines.length - 2
  const header = record(lines[0])
  if (header['format'] !== format) throw new StateFileError('it is not a state file of muster')
  if (header['version'] !== version) {
    throw new StateFileError(`its version is ${String(header['version'])}, not ${String(version)}`)
  }
  const hash = createHash('sha256')
  for (const line of lines.slice(0, end)) hash.update(`${line}\n`)
  const seal = record(lines[end])
  if (end < 1 || lines[end + 1] !== '' || seal['sha256'] !== hash.digest('hex')) {
    throw new StateFileError('it is damaged')
  }
  const { fingerprint, mechanism } = header
  if (typeof fingerprint !== 'string' || typeof mechanism !== 'string') {
    throw new StateFileError('it does not say what it is of')
  }
  const groups = checkGroups(lines.slice(1, end).map((line) => record(line)))
  return { fingerprint, mechanism, groups }
}

function record(line: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line ?? '')
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (error) {
    throw new StateFileError('it is damaged', { cause: error })
  }
  throw new StateFileError('it is damaged')
}
