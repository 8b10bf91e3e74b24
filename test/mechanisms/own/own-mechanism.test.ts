import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Child, startNode } from '../../helpers/child.js'
import { fencesOf } from '../../helpers/fences.js'
import { listen } from '../../helpers/listen.js'
import { type StagedProject, stageProject } from '../../helpers/staged-package.js'

const page = path.resolve(import.meta.dirname, '../../../docs/own-mechanism.md')
const fences = fencesOf(await readFile(page, 'utf8'))
const state: { project?: StagedProject } = {}

beforeAll(async () => {
  const project = await stageProject()
  state.project = project
  const at = (file: string): string => path.join(project.directory, file)
  for (const { file = 'feed.ts', code } of fences) await writeFile(at(file), code)
  await project.compile(at('main.ts'), at('try-it.ts'), at('feed.ts'))
})
afterAll(async () => {
  await state.project?.remove()
})

function start(...args: readonly string[]): Child {
  const child = startNode([...args], { cwd: state.project?.directory ?? '' })
  onTestFinished(() => {
    child.process.kill('SIGKILL')
  })
  return child
}

it('the page has the files that it speaks of', () => {
  expect(fences.map(({ file }) => file)).toEqual([
    'inventory.ts',
    'main.ts',
    'try-it.ts',
    undefined,
  ])
})

it('a mechanism that polls finds targets, and follows them', async () => {
  let inventory: unknown = [
    { rack: 'r1', hosts: ['a:80', 'b:80'] },
    { rack: 'r2', hosts: ['c:80'] },
  ]
  const { address } = await listen(
    createServer((_request, response) => {
      response.end(JSON.stringify(inventory))
    }),
  )
  const child = start('main.js', `http://${address}/`)
  await child.says(/^web: inventory\/0\/r1: a:80 b:80\nweb: inventory\/0\/r2: c:80\n/u)
  inventory = [{ rack: 'r2', hosts: ['c:80', 'd:80'] }]
  await child.says(/web: inventory\/0\/r2: c:80 d:80\nweb: inventory\/0\/r1: gone\n/u)
  child.process.kill('SIGTERM')
  expect(await child.ended).toBe(0)
})

it('a mechanism is tested with a clock that the test moves', async () => {
  const child = start('try-it.js')
  expect(await child.ended).toBe(0)
  expect(child.output.trim()).toBe('asked 2 times')
})

it('a section that is wrong is said with its place', async () => {
  const child = start('main.js', 'nonsense')
  expect(await child.ended).toBe(2)
  const said = 'targets.yml:1:3: [0].url: it must be an absolute URL'
  expect(child.output.trim()).toBe(said)
  expect(await readFile(page, 'utf8')).toContain(said)
})

it('a mechanism that is told stops when nobody listens', async () => {
  const child = start('feed.js')
  expect([await child.ended, child.output]).toEqual([0, '1\nstopped\n'])
})
