import { createHash } from 'node:crypto'
import { holdsPassword } from '../discovery/groups/holds-password.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'
import {
  format,
  type SectionContent,
  SnapshotError,
  type SnapshotHeader,
  version,
} from './format.js'

/** A group with more targets takes several lines, so that no line takes long to write or to read. */
const targetsALine = 1000

/** How many groups are looked at between two chances to pause. */
const stride = 64

const passwordFound = 'a label holds a password'

/**
 * The lines of a snapshot: a header, then each provider followed by its groups, one a line, and a last line
 * that proves that nothing is missing or changed. An empty text among them is a chance to pause. A provider
 * of which a label holds a password is named, and its groups are left out.
 * @param sections in their order; groups that are a list are read twice
 * @throws {SnapshotError} for a password in groups that are not a list
 */
export async function* snapshotLines(
  header: SnapshotHeader,
  sections: Iterable<SectionContent> | AsyncIterable<SectionContent>,
): AsyncGenerator<string, void, undefined> {
  const hash = createHash('sha256')
  const sealed = (value: unknown): string => {
    const line = `${JSON.stringify(value, plain)}\n`
    hash.update(line)
    return line
  }
  const count = { sections: 0, groups: 0, targets: 0 }
  yield sealed({ format, version, ...header })
  for await (const { section, groups } of sections) {
    count.sections += 1
    if (section.missing !== undefined) {
      yield sealed(section)
      continue
    }
    const isWithheld = yield* findPassword(groups)
    yield sealed(isWithheld ? { ...section, missing: passwordFound } : section)
    if (isWithheld) continue
    for await (const group of groups) {
      // Those that come one by one cannot be looked at twice.
      if (!(Symbol.iterator in groups) && holdsPassword(group)) {
        throw new SnapshotError(`${section.provider}: ${passwordFound}`)
      }
      count.groups += 1
      count.targets += group.targets.length
      for (const line of groupLines(group)) yield sealed(line)
    }
  }
  yield `${JSON.stringify({ ...count, sha256: hash.digest('hex') })}\n`
}

/** Whether a label of groups that are all there holds a password. */
function* findPassword(groups: SectionContent['groups']): Generator<'', boolean, undefined> {
  if (!(Symbol.iterator in groups)) return false
  let looked = 0
  for (const group of groups) {
    if (holdsPassword(group)) return true
    looked += 1
    if (looked % stride === 0) yield ''
  }
  return false
}

function* groupLines({ source, labels, targets }: TargetGroup): Generator<object, void, undefined> {
  yield { source, labels, targets: targets.slice(0, targetsALine) }
  for (let from = targetsALine; from < targets.length; from += targetsALine) {
    yield { more: targets.slice(from, from + targetsALine) }
  }
}

/** A config may have a whole number that JSON has no way to write. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
