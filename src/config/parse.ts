import { inTurns, type Turns } from '../waiting/turns.js'
import {
  type Decoded,
  decodingText,
  type Places,
  type StructType,
  yamlText,
} from '../yaml/index.js'
import type { ReadFile } from './read.js'

/**
 * Reads a file as one type. An empty file gives what a file with no keys gives.
 * @returns its value; with issues it is not to be used as it is
 * @throws {ConfigError} only when the file is not YAML at all
 */
export async function parseFile<T>(
  file: string,
  type: StructType<T>,
  places: Places,
  { readFile, turns }: { readonly readFile: ReadFile; readonly turns: Turns },
): Promise<Decoded<T>> {
  const text = yamlText(file, await readFile(file))
  const named = { ...type, zero: () => type.defaults() }
  return inTurns(decodingText(named, file, text, places), turns)
}
