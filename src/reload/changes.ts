import type { PartChanges } from './result.js'

/** More names than these are counted. */
const mostNames = 10

/**
 * Names that changed, for {@link Prepared.changes}: `jobs added: a, b and 12 more`. A name that is not one plain
 * word is quoted as in JSON.
 * @param what begins the text: `jobs added`
 * @returns nothing for no names
 */
export function namedChange(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  const shown = names.slice(0, mostNames).map((name) => {
    return /^[\w./:@-]+$/u.test(name) ? name : JSON.stringify(name)
  })
  const more = names.length - shown.length
  return [`${what}: ${shown.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`]
}

/** What a reload changed, one line a part: `scrape: jobs added: a; jobs removed: b`. Empty for nothing. */
export function formatChanges(changes: readonly PartChanges[]): string {
  return changes
    .filter((part) => part.changes !== undefined && part.changes.length > 0)
    .map(({ part, changes: own = [] }) => `${part}: ${own.join('; ')}`)
    .join('\n')
}
