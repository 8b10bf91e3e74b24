import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** One name that a door exports. */
export interface ApiEntry {
  readonly name: string
  /** The docstring's text; empty where there is none. */
  readonly doc: string
  /** The declaration as the compiler writes it, without the docstring. */
  readonly declaration: string
}

/** What a compiled `index.d.ts` exports, in its order. */
export async function apiOf(indexFile: string): Promise<readonly ApiEntry[]> {
  const index = await readFile(indexFile, 'utf8')
  const exports = [...index.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)';/gu)]
  const entries = exports.map(async ([, names = '', from = '']) => {
    const file = path.join(path.dirname(indexFile), from.replace(/\.js$/u, '.d.ts'))
    const source = await readFile(file, 'utf8')
    return namesIn(names).map((name) => entryOf(source, name))
  })
  return (await Promise.all(entries)).flat()
}

/** The reference of one door as markdown. */
export function formatApi(door: string, entries: readonly ApiEntry[]): string {
  const sections = entries.map(({ name, doc, declaration }) =>
    [`### ${name}`, doc, `\`\`\`typescript\n${declaration}\n\`\`\``].join('\n\n'),
  )
  return [`## ${door}`, ...sections].join('\n\n')
}

function namesIn(list: string): readonly string[] {
  const names = list.split(',').map((name) => name.replace(/^\s*type /u, '').trim())
  return names.filter((name) => name !== '')
}

/** Finds a declaration: from its docstring to the line that ends it at the margin. */
function entryOf(source: string, name: string): ApiEntry {
  const kind = '(?:class|function|interface|type|const)'
  const start = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?^export (?:declare )?${kind} ${name}\\b`,
    'mu',
  )
  const found = start.exec(source)
  if (found === null) throw new Error(`${name} is exported, but its declaration was not found`)
  const [, doc = ''] = found
  const lines = source.slice(found.index + doc.length).split('\n')
  const last = lines.findIndex((line) => /^\S.*;$|^\}$/u.test(line))
  const declaration = lines.slice(0, last + 1).filter((line) => line.trim() !== '#private;')
  return { name, doc: textOf(doc), declaration: declaration.join('\n') }
}

/** A docstring without its stars, as markdown. */
function textOf(doc: string): string {
  const lines = doc.replace(/^\/\*\*|\*\/\s*$/gu, '').split('\n')
  const text = lines.map((line) => line.replace(/^\s*\* ?/u, '')).join('\n')
  return text
    .replace(/\{@link ([^}]+)\}/gu, '`$1`')
    .replace(/^@param (\S+)/gmu, '- `$1`:')
    .replace(/^@returns/gmu, '- Returns')
    .replace(/^@throws/gmu, '- Throws')
    .replaceAll('```ts', '```typescript')
    .trim()
}
