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

/** What a compiled declaration file of a door exports, in its order. */
export async function apiOf(door: string): Promise<readonly ApiEntry[]> {
  const index = await readFile(door, 'utf8')
  const entries = exportsIn(index).map(async ({ names, from, as }) => {
    const file = besides(door, from)
    if (names !== undefined) return await Promise.all(names.map((name) => entryIn(file, name)))
    const source = await readFile(file, 'utf8')
    const own = [...source.matchAll(/^export (?:declare )?(?:\w+) (\w+)/gmu)]
    return own.map(([, name = '']) => {
      const entry = entryOf(source, name)
      if (entry === undefined) throw new Error(`${name} of ${file} was not found`)
      return { ...entry, name: as === undefined ? name : `${as}.${name}` }
    })
  })
  return (await Promise.all(entries)).flat()
}

/** One `export … from` of a file: some names, or all (as members of one name). */
interface ExportFrom {
  readonly names?: readonly string[]
  readonly as?: string
  readonly from: string
}

function exportsIn(index: string): readonly ExportFrom[] {
  const statement = /export (?:type )?(?:\{([^}]*)\}|\*(?: as (\w+))?) from '([^']+)';/gu
  return Array.from(index.matchAll(statement), ([, names, as, from = '']) => ({
    from,
    ...(names === undefined ? {} : { names: namesIn(names) }),
    ...(as === undefined ? {} : { as }),
  }))
}

function besides(file: string, from: string): string {
  return path.join(path.dirname(file), from.replace(/\.js$/u, '.d.ts'))
}

/** The declaration of a name, in the file that exports it or in one that this has it from. */
async function entryIn(file: string, name: string): Promise<ApiEntry> {
  const source = await readFile(file, 'utf8')
  const found = entryOf(source, name)
  if (found !== undefined) return found
  const next = exportsIn(source).find(({ names }) => names?.includes(name) === true)
  if (next === undefined) throw new Error(`${name} is exported, but its declaration was not found`)
  return entryIn(besides(file, next.from), name)
}

const opening =
  'Made from the docstrings by `npx vitest run test/docs/api.test.ts -u`: change those, not this page.'

/** The reference of one door as markdown. */
export function formatApi(door: string, entries: readonly ApiEntry[]): string {
  const sections = entries.map(({ name, doc, declaration }) =>
    [`## ${name}`, doc, `\`\`\`typescript\n${declaration}\n\`\`\``].join('\n\n'),
  )
  return [`# ${door}`, opening, ...sections, ''].join('\n\n').replace(/\n+$/u, '\n')
}

function namesIn(list: string): readonly string[] {
  const names = list.split(',').map((name) => name.replace(/^\s*type /u, '').trim())
  return names.filter((name) => name !== '')
}

/** Finds a declaration: from its docstring to the line that ends it at the margin. */
function entryOf(source: string, name: string): ApiEntry | undefined {
  const kind = '(?:abstract class|class|function|interface|type|const)'
  const start = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?^export (?:declare )?${kind} ${name}\\b`,
    'mu',
  )
  const found = start.exec(source)
  if (found === null) return undefined
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
