import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { fencesOf } from '../helpers/fences.js'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8')
const page = await read('docs/adding-a-mechanism.md')

describe('docs/adding-a-mechanism.md', () => {
  it('is a page of at most 60 lines', () => {
    expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  })

  it.each(fencesOf(page).map(({ file = '', code }, i) => [i + 1, file, code] as const))(
    'has code of a real mechanism, word for word: block %i, of %s',
    async (_, file, code) => {
      expect(await read(file)).toContain(code)
    },
  )

  it('names only files that there are', async () => {
    const files = page.match(/(?:src|test|scripts)\/[\w./-]+\.\w+/gu) ?? []
    const links = Array.from(page.matchAll(/\]\(([\w./-]+)\)/gu), ([, file = '']) => `docs/${file}`)
    expect(files.length).toBeGreaterThan(2)
    for (const file of [...files, ...links]) await expect(read(file)).resolves.toBeDefined()
  })

  it('says how to run the tests of one mechanism', async () => {
    const [, folder = '', name = ''] =
      /npx vitest run (\S+)\/\*\.test\.ts -t (\w+)/u.exec(page) ?? []
    const files = await readdir(path.join(root, folder))
    expect(files).toEqual(
      expect.arrayContaining([
        name,
        'mechanisms.test.ts',
        'prometheus.test.ts',
        'promtool.test.ts',
      ]),
    )
  })

  it.each(['README.md', 'CONTRIBUTING.md'])('is linked from %s', async (file) => {
    expect(await read(file)).toContain('](docs/adding-a-mechanism.md)')
  })
})
