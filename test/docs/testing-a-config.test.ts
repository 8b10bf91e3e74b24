import { spawnSync } from 'node:child_process'
import { access, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const page = await readFile(path.join(root, 'docs/testing-a-config.md'), 'utf8')

/** What the page has between fences, in its order. */
const blocks = [...page.matchAll(/^```(\S+)(?: file=(\S+))?\n([^]*?)^```$/gmu)].map(
  ([, language = '', file, text = '']) => ({ language, file, text }),
)

/** A step of the page: the files that are written before it, its commands, and what they print. */
const steps = blocks.flatMap(({ language, text }, i) => {
  if (language !== 'sh') return []
  const before = blocks.slice(0, i)
  const last = before.findLastIndex((block) => block.language === 'sh')
  return [
    {
      title: text.trim().replaceAll('\n', ' && '),
      commands: text,
      files: before.slice(last + 1).filter(({ file }) => file !== undefined),
      prints: blocks[i + 1],
    },
  ]
})

describe('docs/testing-a-config.md', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'muster-guide-'))
    await cp(path.join(root, 'examples/testing'), path.join(folder, 'config'), { recursive: true })
    await mkdir(path.join(folder, 'bin'))
    // The package is not in the registry yet: `npx muster-sd` is the program as it is built here.
    const npx = path.join(folder, 'bin/npx')
    const program = path.join(root, 'dist/bin/muster.js')
    await writeFile(
      npx,
      `#!/bin/sh\n[ "$1" = muster-sd ] || exit 9\nshift\nexec "${process.execPath}" "${program}" "$@"\n`,
    )
    await chmod(npx, 0o755)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('begins with a config of some 300 lines', async () => {
    const config = await readFile(path.join(root, 'examples/testing/prometheus.yml'), 'utf8')
    expect(config.split('\n').length).toBeGreaterThan(290)
  })

  // Each step goes on where the one before has left the folder.
  it.each(steps)('says what happens: $title', async ({ commands, files, prints }) => {
    for (const { file = '', text } of files) {
      await writeFile(path.join(folder, 'config', file), text)
    }
    const { stdout, stderr } = spawnSync('sh', ['-c', commands], {
      cwd: path.join(folder, 'config'),
      encoding: 'utf8',
      env: {
        ...process.env,
        FORCE_COLOR: undefined,
        PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      },
    })
    expect(prints?.language).toBe('text')
    expect(stdout + stderr).toBe(prints?.text)
  })

  it('ends with a config of which every rule is covered', () => {
    expect(steps.at(-1)?.prints?.text).toContain('coverage: 100% of the rules decided something')
  })

  it('names inputs and hooks that there are', async () => {
    const [workflow, hooks] = blocks.filter(({ language, file }) => {
      return language === 'yaml' && file === undefined
    })
    const action = load(await readFile(path.join(root, 'action.yml'), 'utf8')) as {
      inputs: Record<string, unknown>
    }
    const job = load(workflow?.text ?? '') as {
      jobs: { config: { steps: { uses: string; with?: Record<string, string> }[] } }
    }
    const inputs = job.jobs.config.steps.flatMap((step) => Object.keys(step.with ?? {}))
    expect(inputs.length).toBeGreaterThan(3)
    for (const input of inputs) expect(Object.keys(action.inputs)).toContain(input)
    const known = load(await readFile(path.join(root, '.pre-commit-hooks.yaml'), 'utf8')) as {
      id: string
    }[]
    const used = load(hooks?.text ?? '') as { repos: { hooks: { id: string }[] }[] }
    const ids = used.repos.flatMap((one) => one.hooks.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(1)
    for (const id of ids) expect(known.map((hook) => hook.id)).toContain(id)
  })

  it('names only files that there are', async () => {
    for (const [, file = ''] of page.matchAll(/\]\(([^):#]+)\)/gu)) {
      await access(path.join(root, 'docs', file))
    }
  })
})
