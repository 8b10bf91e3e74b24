import type { Edit } from './edited-text.js'

/**
 * The changes that indent every line that begins inside brackets or a quoted text, where spaces at the
 * beginning mean nothing, further than anything else.
 * @param lines where these lines start, in order
 */
export function indentLines(text: string, lines: readonly number[]): readonly Edit[] {
  const padding = ' '.repeat(deepest(text) + 1)
  return lines.map((at) => ({ at, remove: 0, insert: padding }))
}

function deepest(text: string): number {
  let most = 0
  for (const [spaces] of text.matchAll(/^[ \t]+/gm)) most = Math.max(most, spaces.length)
  return most
}
