import {
  ConfigError,
  type ConfigIssue,
  decodeText,
  type Places,
  type Type,
  yamlText,
} from '../yaml/index.js'
import type { ReadFile } from './read.js'

/** A file that was read; with issues its value is not to be used as it is. */
export interface Parsed<T> {
  readonly value: T
  readonly issues: readonly ConfigIssue[]
}

/**
 * Reads a file as one type. An empty file gives what a file with no keys gives.
 * @throws {ConfigError} only when the file is not YAML at all
 */
export async function parseFile<T>(
  file: string,
  type: Type<T> & { defaults(): T },
  places: Places,
  readFile: ReadFile,
): Promise<Parsed<T>> {
  const text = toText(file, await readFile(file))
  return decodeText({ ...type, zero: () => type.defaults() }, file, text, places)
}

function toText(file: string, bytes: Uint8Array): string {
  try {
    return yamlText(bytes)
  } catch (cause) {
    const issue = { file, line: 1, column: 1, path: '', message: 'yaml: invalid UTF-8 in the file' }
    throw new ConfigError([issue], { cause })
  }
}
