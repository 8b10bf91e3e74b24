import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf, formatApi } from '../helpers/api-reference.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const page = path.resolve(import.meta.dirname, '../../docs/embedding-api.md')
const doors = ['run', 'reload', 'testing', 'testing/discovery'] as const
const state: { project?: StagedProject } = {}

beforeAll(async () => {
  state.project = await stageProject()
})
afterAll(async () => {
  await state.project?.remove()
})

function declarations(door: string): string {
  return path.join(
    state.project?.directory ?? '',
    'node_modules/muster-sd/dist',
    door,
    'index.d.ts',
  )
}

const opening = `# API reference

Made from the docstrings of the doors for embedders: change those, then run
\`npx vitest run test/docs/api.test.ts -u\`. [embedding.md](embedding.md) shows how the pieces are used.`

describe('docs/embedding-api.md', () => {
  it('is what the docstrings say', async () => {
    const sections = doors.map(async (door) =>
      formatApi(`muster-sd/${door}`, await apiOf(declarations(door))),
    )
    const text = [opening, ...(await Promise.all(sections)), ''].join('\n\n')
    await expect(text.replace(/\n+$/u, '\n')).toMatchFileSnapshot(page)
  })

  it.each(doors)('finds a docstring on everything that muster-sd/%s exports', async (door) => {
    const entries = await apiOf(declarations(door))
    expect(entries.length).toBeGreaterThan(3)
    expect(entries.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
  })
})
