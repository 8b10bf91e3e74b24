import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

/** `code class` of every error that a room declares. */
function codesIn(room: string): readonly string[] {
  const files = readdirSync(path.join(root, 'src', room)).filter((name) => name.endsWith('.ts'))
  return files.flatMap((name) => {
    const text = readFileSync(path.join(root, 'src', room, name), 'utf8')
    const classes = [...text.matchAll(/readonly name = '(\w+)'\s+readonly code = '(\w+)'/gu)]
    return classes.map(([, error = '', code = '']) => `${code} ${error}`)
  })
}

it('docs/embedding.md lists the code of every error of run and reload', () => {
  const page = readFileSync(path.join(root, 'docs/embedding.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(ERR_\w+)` \| `(\w+)` \|/gmu)]
  const listed = rows.map(([, code = '', error = '']) => `${code} ${error}`)
  const declared = [...codesIn('run'), ...codesIn('reload')]
  expect(declared.length).toBeGreaterThan(5)
  expect(new Set(listed)).toEqual(new Set(declared))
})
