/** A printed value as a text of one line: a text as it is, anything else as JSON. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, withoutBigints) ?? ''
}

/** JSON has no way to write a whole number that no number holds. */
function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
