import { ConfigError } from './issue.js'

/**
 * The text of a YAML file: UTF-8, or UTF-16 where a byte order mark says so, as go-yaml reads it.
 * @param file its name, for the error
 * @throws {ConfigError} for bytes that are not such a text
 */
export function yamlText(file: string, bytes: Uint8Array): string {
  const encoding = encodingOf(bytes)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    const message = `yaml: invalid ${encoding === 'utf-8' ? 'UTF-8' : 'UTF-16'} in the file`
    throw new ConfigError([{ file, line: 1, column: 1, path: '', message }], { cause })
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}

/**
 * Whether a text has control characters, which are refused, or lines that end in other ways than with a newline
 * (and a carriage return before it): what follows on the same line may be more than the comment it looks like.
 */
export function hasOddCharacter(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]/u.test(text)
}
