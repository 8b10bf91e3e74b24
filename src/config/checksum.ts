import { createHash } from 'node:crypto'
import path from 'node:path'
import { FilePattern } from '../go/glob.js'
import { decodeText, type Node, type Type } from '../yaml/index.js'
import { type ReadFile, readConfigFile } from './read.js'

interface Included {
  readonly rule_files: readonly string[]
  readonly scrape_config_files: readonly string[]
}

/** Reads two keys and ignores all else: a file that is not valid may still have changed. */
const includedFiles: Type<Included> = {
  name: 'config.plain',
  zero: () => ({ rule_files: [], scrape_config_files: [] }),
  decode: (node) => ({
    rule_files: textsAt(node, 'rule_files'),
    scrape_config_files: textsAt(node, 'scrape_config_files'),
  }),
  encode: () => undefined,
}

function textsAt(node: Node, key: string): readonly string[] {
  if (node.kind !== 'map') return []
  const value = node.entries.find((entry) => entry.key.text === key)?.value
  if (value?.kind !== 'list') return []
  return value.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
}

/**
 * A checksum of a config file, its rule files and the files it includes, for noticing changes. Files
 * of `file_sd_configs` and of secrets are watched elsewhere and have no part in it.
 * @throws when a file cannot be read or is not YAML
 */
export async function configChecksum(
  file: string,
  readFile: ReadFile = readConfigFile,
): Promise<string> {
  const hash = createHash('sha256')
  const main = await readFile(file)
  hash.update(main)
  const { value } = decodeText(includedFiles, file, Buffer.from(main).toString('utf8'))
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
