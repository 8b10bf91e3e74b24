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

/** Every source file, but those of tools for tests. */
function sources(): readonly string[] {
  const src = path.join(root, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(src, name), 'utf8'))
}

it('docs/errors.md has each code of src with its class, a cause and a cure, and no other', () => {
  const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8')
  const rows = [
    ...page.matchAll(/^\| `(\w+_ERR_\w+|ERR_\w+)` \| `(\w+)` \| [^|]{10,} \| [^|]{10,} \|$/gmu),
  ]
  expect(rows).toHaveLength([...page.matchAll(/^\| `/gmu)].length)
  const listed = rows.map(([, code = '', error = '']) => `${code} ${error}`)
  const declared = sources().flatMap((text) => {
    const own = text.matchAll(
      /override readonly name(?:: string)? = '(\w+)'\s+(?:\/\*\*[^*]*\*\/\s+)?readonly code = '(\w+)'/gu,
    )
    const web = text.matchAll(/^ {2}\| '(ERR_WEB_\w+)'$/gmu)
    return [
      ...Array.from(own, ([, error = '', code = '']) => `${code} ${error}`),
      ...Array.from(web, ([, code = '']) => `${code} WebError`),
    ]
  })
  const codes = sources().flatMap((text) => [...text.matchAll(/readonly code = '(\w+)'/gu)])
  expect(declared.length).toBeGreaterThanOrEqual(codes.length)
  expect([...listed].sort()).toEqual([...declared].sort())
})
