import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf, formatApi } from '../helpers/api-reference.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const root = path.resolve(import.meta.dirname, '../..')
const pages = path.join(root, 'docs/api')
const state: { project?: StagedProject } = {}

const { exports } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}
const doors = Object.entries(exports).flatMap(([key, target]) =>
  typeof target === 'string'
    ? []
    : [{ door: key.replace(/^\./u, 'muster-sd'), types: target.types }],
)
const pageOf = (door: string): string => `${door.replaceAll('/', '-')}.md`

beforeAll(async () => {
  state.project = await stageProject()
})
afterAll(async () => {
  await state.project?.remove()
})

function declarations(types: string): string {
  return path.join(state.project?.directory ?? '', 'node_modules/muster-sd', types)
}

describe('docs/api', () => {
  it('has one page for each door and no other', async () => {
    expect((await readdir(pages)).sort()).toEqual(doors.map(({ door }) => pageOf(door)).sort())
  })

  it.each(doors)('says of $door what its docstrings say', async ({ door, types }) => {
    const text = formatApi(door, await apiOf(declarations(types)))
    await expect(text).toMatchFileSnapshot(path.join(pages, pageOf(door)))
  })

  it.each(doors)('finds a docstring on everything that $door exports', async ({ types }) => {
    const entries = await apiOf(declarations(types))
    expect(entries.length).toBeGreaterThan(3)
    expect(entries.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
  })
})
