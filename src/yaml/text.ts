/**
 * The text of a YAML file: UTF-8, or UTF-16 where a byte order mark says so, as go-yaml reads it.
 * @throws {TypeError} for bytes that are not such a text
 */
export function yamlText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}
