import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'

const magic = /[*?[\\]/

/**
 * The files that a pattern matches, sorted, by the rules of Go's filepath.Glob: `*`, `?` and
 * `[a-z]` match within one part of the path, `\` takes the next character as it is. Folders that
 * cannot be read match nothing.
 * @throws {Error} `syntax error in pattern`
 */
export async function glob(pattern: string): Promise<readonly string[]> {
  if (!magic.test(pattern)) return (await exists(pattern)) ? [pattern] : []
  const folderPattern = path.dirname(pattern)
  const matches = matcher(path.basename(pattern))
  const folders = magic.test(folderPattern) ? await glob(folderPattern) : [folderPattern]
  const found: string[] = []
  for (const folder of folders) {
    const names = await namesIn(folder)
    for (const name of names.filter((entry) => matches.test(entry)).sort()) {
      found.push(pattern.startsWith('./') && folder === '.' ? `./${name}` : path.join(folder, name))
    }
  }
  return found
}

/** Go tells a missing folder and a closed one apart no more than this. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  )
}

function matcher(pattern: string): RegExp {
  let source = ''
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i] ?? ''
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const [whole = '', body = ''] = /^\[(\^?(?:\\.|[^\]\\])+)\]/su.exec(pattern.slice(i)) ?? []
      if (whole === '') throw new Error('syntax error in pattern')
      source += `[${body.replace(/[[&|~]/g, '\\$&')}]`
      i += whole.length - 1
    } else if (character === '\\') {
      i += 1
      const next = pattern[i]
      if (next === undefined) throw new Error('syntax error in pattern')
      source += escape(next)
    } else source += escape(character)
  }
  return new RegExp(`^${source}$`, 's')
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
