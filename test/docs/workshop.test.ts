import { access, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8')

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly { readonly run?: string }[]
        readonly strategy?: { readonly matrix: { readonly node: readonly string[] } }
      }
    >
  >
}

const workflows = await readdir(path.join(root, '.github/workflows'))

describe('the workflows', () => {
  it.each(workflows)('%s run commands that are there', async (name) => {
    const { jobs } = load(await read(`.github/workflows/${name}`)) as Workflow
    const commands = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap(({ run = [] }) => run),
    )
    expect(commands.length).toBeGreaterThan(0)
    const { scripts } = JSON.parse(await read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    for (const command of commands) {
      const [, script] = /^npm (?:run (?:-s )?|(?=test))([\w:]+)/u.exec(command) ?? []
      if (script !== undefined) expect(scripts).toHaveProperty([script])
      const [file] = /^[.\w/-]+\.sh|^\.ci\/run/u.exec(command) ?? []
      if (file !== undefined) await access(path.join(root, file))
    }
  })

  it('cover the oldest Node that package.json names, and every even one up to the newest', async () => {
    const { jobs } = load(await read('.github/workflows/ci.yml')) as Workflow
    const { engines } = JSON.parse(await read('package.json')) as {
      readonly engines: { readonly node: string }
    }
    const versions = jobs['node']?.strategy?.matrix.node ?? []
    expect(versions).toEqual([engines.node.replace('>=', ''), '22', '24', '26'])
  })
})

it.each(['bug', 'idea', 'config'])('the form %s.yml is valid YAML', async (name) => {
  expect(load(await read(`.github/ISSUE_TEMPLATE/${name}.yml`))).toBeTypeOf('object')
})
