import { createHash } from 'node:crypto'
import path from 'node:path'
import { FilePattern } from '../go/glob.js'
import { inTurns, Turns } from '../waiting/turns.js'
import {
  decodingText,
  field,
  list,
  type ListType,
  type StructType,
  struct,
  text,
  yamlText,
} from '../yaml/index.js'
import { type ReadFile, readConfigFile } from './read.js'

interface Included {
  readonly rule_files: readonly string[]
  readonly scrape_config_files: readonly string[]
}

/** The texts of a list; whatever else is in it is ignored. */
const texts: ListType<string> = {
  ...list(text),
  readItem: (node) => (node.kind === 'scalar' ? [node.text] : []),
  decode: (node) =>
    node.kind === 'list'
      ? node.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
      : [],
}
const ignored: ListType<string> = {
  ...list(text),
  readItem: () => [],
  decode: () => [],
  encode: () => [],
}

const nothing = struct('config.plain', {
  rule_files: field(texts),
  scrape_config_files: field(texts),
})

/** Reads two keys and ignores all else: a file that is not valid may still have changed. */
const includedFiles: StructType<Included> = {
  ...nothing,
  typeOf: (key) => nothing.typeOf(key) ?? ignored,
  decodeAll: (entries, at, early) => nothing.decodeEntries(entries, at, early),
  decode: (node, at) =>
    node.kind === 'map' ? nothing.decodeEntries(node.entries, at) : nothing.zero(),
}

/**
 * A checksum of a config file, its rule files and the files it includes, for noticing changes. Files
 * of `file_sd_configs` and of secrets are watched elsewhere and have no part in it.
 * @throws when a file cannot be read or is not YAML
 */
export async function configChecksum(
  file: string,
  options: { readonly readFile?: ReadFile; readonly turns?: Turns } = {},
): Promise<string> {
  const { readFile = readConfigFile, turns = new Turns() } = options
  const hash = createHash('sha256')
  const main = await readFile(file)
  hash.update(main)
  const decoding = decodingText(includedFiles, file, yamlText(file, main))
  const { value } = await inTurns(decoding, turns)
  const lists = [
    ['r', value.rule_files],
    ['s', value.scrape_config_files],
  ] as const
  for (const [prefix, patterns] of lists) {
    for (const pattern of patterns) {
      const absolute = path.isAbsolute(pattern) ? pattern : path.join(path.dirname(file), pattern)
      for (const found of await new FilePattern(absolute).list()) {
        hash.update(`${prefix}\0${found}\0`)
        hash.update(await readFile(found))
        hash.update('\0')
      }
    }
  }
  return hash.digest('hex')
}
