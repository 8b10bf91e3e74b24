import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Child, startNode } from '../helpers/child.js'
import { fencesOf } from '../helpers/fences.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const root = path.resolve(import.meta.dirname, '../..')
const fences = fencesOf(await readFile(path.join(root, 'docs/embedding.md'), 'utf8'))
const recipes = fences.filter(({ file }) => file === undefined)
const state: { project?: StagedProject } = {}
const children: Child[] = []

beforeAll(async () => {
  state.project = await stageProject()
})
afterEach(() => {
  for (const child of children.splice(0)) child.process.kill('SIGKILL')
})
afterAll(async () => {
  await state.project?.remove()
})

function project(): StagedProject {
  if (state.project === undefined) throw new Error('the project is not staged')
  return state.project
}

/** The files as they stand after a step: those of the step, and the latest of the steps before. */
function filesAfter(step: number): ReadonlyMap<string, string> {
  const upTo = fences.filter(
    ({ heading }) => Number(/^Step (\d+)/u.exec(heading)?.[1] ?? 99) <= step,
  )
  return new Map(upTo.map(({ file, code }) => [file ?? '', code]))
}

/** Builds the daemon as it is after a step, and starts it. */
async function startStep(step: number): Promise<Child> {
  const directory = path.join(project().directory, `step-${String(step)}`)
  await mkdir(directory)
  for (const [file, code] of filesAfter(step)) await writeFile(path.join(directory, file), code)
  await cp(path.join(root, 'examples/daemon/daemon.json'), path.join(directory, 'daemon.json'))
  await project().compile(path.join(directory, 'main.ts'))
  const child = startNode(['main.js'], { cwd: directory, env: { DAEMON_PORT: '0' } })
  children.push(child)
  return child
}

async function address(child: Child): Promise<string> {
  const [, port = ''] = await child.says(/listening .*"port":(\d+)/u)
  return `http://127.0.0.1:${port}`
}

async function get(url: string): Promise<string> {
  return (await (await fetch(url)).text()).trim()
}

async function stopsWell(child: Child): Promise<void> {
  child.process.kill('SIGTERM')
  expect(await child.ended).toBe(0)
  expect(child.output).toContain('good-bye')
}

describe('the guide', () => {
  it('step 1 stops when it is told', async () => {
    const child = await startStep(1)
    await child.says(/started/u)
    await stopsWell(child)
  })

  it('step 2 answers', async () => {
    const child = await startStep(2)
    expect(await get(await address(child))).toBe('hello')
    await stopsWell(child)
  })

  it('step 3 does jobs, and finishes the one in progress before it stops', async () => {
    const child = await startStep(3)
    const url = await address(child)
    await fetch(`${url}/jobs`, { method: 'POST', body: '{}' })
    await expect.poll(() => get(`${url}/queue`), { timeout: 10_000 }).toBe('{"waiting":0,"done":1}')
    const began = performance.now()
    await fetch(`${url}/jobs`, { method: 'POST', body: '{"ms": 500}' })
    await stopsWell(child)
    expect(performance.now() - began).toBeGreaterThanOrEqual(500)
  })

  it('step 4 reloads what it can use, and refuses the rest with the reason', async () => {
    const child = await startStep(4)
    const url = await address(child)
    const file = path.join(project().directory, 'step-4/daemon.json')
    const reload = async (content: string): Promise<string> => {
      await writeFile(file, content)
      const response = await fetch(`${url}/reload`, { method: 'POST' })
      return `${String(response.status)} ${await response.text()}`
    }
    expect(await get(url)).toBe('hello')
    expect(await reload('{ "greeting": "good day", "jobMs": 5 }')).toBe('200 reloaded\n')
    expect(await get(url)).toBe('good day')
    expect(await reload('{ "greeting": 7 }')).toMatch(/^500 load: .*needs "greeting"/u)
    expect(await reload('{ "greeting": "x", "jobMs": -1 }')).toMatch(/^500 queue: jobMs is -1/u)
    expect(await get(url)).toBe('good day')
    await stopsWell(child)
  })

  it('step 5 always stops', async () => {
    const child = await startStep(5)
    const url = await address(child)
    await fetch(`${url}/jobs`, { method: 'POST', body: '{"ms": 3600000}' })
    await expect.poll(() => get(`${url}/queue`), { timeout: 10_000 }).toBe('{"waiting":0,"done":0}')
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(1)
    expect(child.output).toContain('failed: OverdueError: stop deadline passed: queue')
  })

  it('ends with the files of examples/daemon', async () => {
    const folder = path.join(root, 'examples/daemon')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'))
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const),
    )
    expect(filesAfter(5)).toEqual(new Map(files))
  })
})

describe('the short examples', () => {
  it.each(recipes.map(({ heading, code }, i) => ({ heading, code, i })))(
    '$heading',
    async ({ code, i }) => {
      const file = path.join(project().directory, `recipe-${String(i)}.ts`)
      await writeFile(file, code)
      await project().compile(file)
      const child = startNode([file.replace(/ts$/u, 'js')])
      children.push(child)
      expect([await child.ended, child.output]).toEqual([0, promisedOutput(code)])
    },
  )
})

/** What an example says it prints: the comments behind `console.log`. */
function promisedOutput(code: string): string {
  const comments = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gmu)].map((match) => match[1])
  const prints = [...code.matchAll(/console\.log\('(.*)'\)$/gmu)].map((match) => match[1])
  return [...comments, ...prints].map((line) => `${line ?? ''}\n`).join('')
}
