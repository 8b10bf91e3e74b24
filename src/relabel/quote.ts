const named: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
])

/** A text in double quotes as Go's `%q` writes it. */
export function quote(text: string): string {
  const inner = text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    const short = named.get(character)
    if (short !== undefined) return short
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${inner}"`
}
