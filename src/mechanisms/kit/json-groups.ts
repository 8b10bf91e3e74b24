import type { Labels } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { InvalidGroupsError } from '../../discovery/groups/check-groups.js'
import { addressOnly, type GroupSection } from './group-section.js'

/**
 * Reads target groups as `file_sd` and `http_sd` have them: a JSON list of objects with `targets` (texts)
 * and `labels` (texts). Like Go's decoder it takes the names of these two in any case, null for
 * either, and the last of two of one name; an unknown field is an error.
 * @throws {InvalidGroupsError} naming the group that is wrong
 */
export function readJsonGroups(text: string): readonly GroupSection[] {
  const value = parseJson(text)
  if (value === null) return []
  if (!Array.isArray(value)) throw new InvalidGroupsError('the top level must be a list of groups')
  const items: unknown[] = value
  return items.map((item, i) => readJsonGroup(item, i, text))
}

/**
 * Reads one element of such a list.
 * @param index its position, for errors
 * @param text what it was parsed from
 * @throws {InvalidGroupsError} saying what is wrong with it
 */
export function readJsonGroup(item: unknown, index: number, text: string): GroupSection {
  if (item === null) {
    throw new InvalidGroupsError(`nil target group item found (index ${String(index)})`)
  }
  const where = `group ${String(index)}`
  if (!isObject(item)) throw new InvalidGroupsError(`${where}: a target group must be an object`)
  let targets: readonly Labels[] = []
  let labels: Labels = {}
  for (const [key, value] of Object.entries(item)) {
    const field = key.toUpperCase()
    if (field === 'TARGETS') targets = targetsOf(value, where)
    else if (field === 'LABELS') labels = labelsOf(value, where)
    else throw new InvalidGroupsError(`${where}: json: unknown field ${goQuote(key)}`)
  }
  // Only an escape can make half a surrogate pair in JSON: looking at the text once is enough.
  return /\\u[dD]/.test(text) ? wellFormedGroup(targets, labels) : { targets, labels }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidGroupsError(`invalid JSON: ${withoutQuotation(errorMessage(error))}`)
  }
}

/** The parser's message without the text that it quotes: an answer may hold a secret. */
function withoutQuotation(message: string): string {
  return message.replace(/,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function targetsOf(value: unknown, where: string): readonly Labels[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw new InvalidGroupsError(`${where}: targets must be a list`)
  const items: unknown[] = value
  return items.map((item, i) => {
    if (item !== null && typeof item !== 'string') {
      throw new InvalidGroupsError(`${where}: targets[${String(i)}] must be a text`)
    }
    return addressOnly(item ?? '')
  })
}

function labelsOf(value: unknown, where: string): Labels {
  if (value === null) return {}
  if (!isObject(value)) throw new InvalidGroupsError(`${where}: labels must be an object`)
  let hasNull = false
  for (const [name, text] of Object.entries(value)) {
    if (name === '') {
      throw new InvalidGroupsError(`${where}: ${goQuote(name)} is not a valid label name`)
    }
    if (text === null) hasNull = true
    else if (typeof text !== 'string') {
      throw new InvalidGroupsError(`${where}: label ${goQuote(name)} must be a text`)
    }
  }
  const labels = value as Readonly<Record<string, string | null>>
  if (!hasNull) return labels as Labels
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, text ?? '']))
}

function wellFormedGroup(targets: readonly Labels[], labels: Labels): GroupSection {
  return { targets: targets.map(wellFormedLabels), labels: wellFormedLabels(labels) }
}

function wellFormedLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [wellFormed(name), wellFormed(value)]),
  )
}

/** Half a surrogate pair becomes U+FFFD, as in Go. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
}
