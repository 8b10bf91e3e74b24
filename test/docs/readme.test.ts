import { access, cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNode } from '../helpers/child.js'
import { Daemon } from '../helpers/daemon.js'
import { fencesOf } from '../helpers/fences.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = await readFile(path.join(root, 'README.md'), 'utf8')
const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
}

/** What the examples print, in their order. */
const prints: readonly RegExp[] = [
  /^web http:.*metrics \{/m,
  /^web file\/\d+\S*examples\/targets\/web\.yml\S* 3$/m,
]

describe('the README', () => {
  let project: StagedProject
  beforeAll(async () => {
    project = await stageProject()
    await cp(path.join(root, 'examples'), path.join(project.directory, 'examples'), {
      recursive: true,
    })
  })
  afterAll(() => project.remove())

  it('has as many examples as are tried here', () => {
    expect(fencesOf(page)).toHaveLength(prints.length)
  })

  it.each(prints.map((output, i) => ({ output, i })))(
    'has an example that prints $output',
    async ({ output, i }) => {
      const code = fencesOf(page)[i]?.code ?? ''
      const file = path.join(project.directory, `readme-${String(i)}.ts`)
      await writeFile(file, code)
      await project.compile(file)
      const child = startNode([file.replace(/ts$/u, 'js')], { cwd: project.directory })
      expect(await child.ended).toBe(0)
      expect(child.output).toMatch(output)
    },
  )

  it('names only npm scripts that there are', () => {
    const named = [...page.matchAll(/npm (?:run )?(start|test|bench|run \S+)/gu)]
    expect(named.length).toBeGreaterThan(1)
    for (const [, script = ''] of named) expect(Object.keys(scripts)).toContain(script)
  })

  it('names only files that there are', async () => {
    const files = [...page.matchAll(/\]\(([^):#]+)\)/gu)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) await access(path.join(root, file))
  })

  it('says what `muster check config` does', async () => {
    const checked = Daemon.spawn(['check', 'config', path.join(root, 'examples/quickstart.yml')])
    expect((await checked.exited).code).toBe(0)
    expect(checked.stdout).toMatch(/SUCCESS: .* is valid prometheus config file syntax/)
  })
})
