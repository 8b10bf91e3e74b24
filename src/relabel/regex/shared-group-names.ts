const token =
  /\\Q(?:[^\\]|\\(?!E))*(?:\\E)?|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]?|\(\?P?<(\w+)>|[^]/g

/**
 * Gives every named group a name of its own: Go lets groups share one, `re2js` does not.
 * @returns the expression, and the original of each new name
 */
export function renameGroups(source: string): {
  readonly source: string
  readonly original: ReadonlyMap<string, string>
} {
  const original = new Map<string, string>()
  const renamed = source.replace(token, (text: string, name?: string) => {
    if (name === undefined) return text
    const own = `g${String(original.size)}`
    original.set(own, name)
    return `(?P<${own}>`
  })
  return { source: renamed, original }
}
