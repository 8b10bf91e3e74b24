import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const src = path.resolve(import.meta.dirname, '../../src')

/** What the files of a room import when they are loaded; types cost nothing. */
function importsOf(room: string): ReadonlySet<string> {
  const files = readdirSync(path.join(src, room)).filter((name) => name.endsWith('.ts'))
  const imports = files.flatMap((name) => {
    const text = readFileSync(path.join(src, room, name), 'utf8')
    return [
      ...text.matchAll(/^(?:import|export) (?!type\b)[^'"]*?from '([^']+)'|^import '([^']+)'/gmu),
    ]
  })
  const specifiers = imports.map((match) => match[1] ?? match[2] ?? '')
  return new Set(specifiers.filter((specifier) => !specifier.startsWith('./')))
}

describe('what embedders load', () => {
  it.each([
    { room: 'run', imports: [] },
    { room: 'reload', imports: ['node:crypto', 'node:fs', 'node:fs/promises', 'rxjs'] },
  ])('muster/$room imports $imports beside its own files', ({ room, imports }) => {
    expect(importsOf(room)).toEqual(new Set(imports))
  })
})
