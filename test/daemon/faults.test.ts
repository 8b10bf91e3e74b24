import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Child, startNode } from '../helpers/child.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const root = path.resolve(import.meta.dirname, '../..')
const program = 'test/daemon/programs/faulty-main'
const state: { project?: StagedProject; config: string } = { config: '' }

const children: Child[] = []

beforeAll(async () => {
  const project = await stageProject()
  state.project = project
  state.config = path.join(project.directory, 'daemon.json')
  const example = path.join(project.directory, 'examples/daemon')
  await mkdir(path.dirname(path.join(project.directory, program)), { recursive: true })
  await mkdir(example, { recursive: true })
  for (const name of await readdir(path.join(root, 'examples/daemon'))) {
    if (name.endsWith('.ts'))
      await cp(path.join(root, 'examples/daemon', name), `${example}/${name}`)
  }
  await cp(path.join(root, `${program}.ts`), path.join(project.directory, `${program}.ts`))
  await project.compile(`${program}.ts`)
})
afterEach(() => {
  for (const child of children.splice(0)) child.process.kill('SIGKILL')
})
afterAll(async () => {
  await state.project?.remove()
})

const good = { greeting: 'hello', jobMs: 1 }

async function configure(config: unknown): Promise<void> {
  await writeFile(state.config, typeof config === 'string' ? config : JSON.stringify(config))
}

/** Starts the daemon with one fault built in. */
function start(fault: string): Child {
  const cwd = state.project?.directory ?? ''
  const env = { FAULT: fault, DAEMON_CONFIG: state.config, DAEMON_PORT: '0' }
  const child = startNode([`${program}.js`], { cwd, env })
  children.push(child)
  return child
}

async function ready(child: Child): Promise<string> {
  const [, port = ''] = await child.says(/listening .*"port":(\d+)/u)
  return `http://127.0.0.1:${port}`
}

async function post(url: string, body = ''): Promise<string> {
  const response = await fetch(url, { method: 'POST', body })
  return `${String(response.status)} ${(await response.text()).trim()}`
}

interface Row {
  readonly fault: string
  readonly act?: (child: Child, url: string) => unknown
  readonly code: number
  readonly says: RegExp
}

const term = (child: Child): boolean => child.process.kill('SIGTERM')
const usr2 = (child: Child): boolean => child.process.kill('SIGUSR2')

describe('at the start, an actor or part that would', () => {
  it.each<Row>([
    { fault: 'throw at the start', code: 1, says: /failed: Error: throw at the start/u },
    { fault: 'reject at the start', code: 1, says: /failed: Error: reject at the start/u },
    {
      fault: 'refuse the first config',
      code: 1,
      says: /cannot start: chaos: refuse the first config/u,
    },
    {
      fault: 'hang on the first config',
      code: 1,
      says: /cannot start: chaos: not done after 2s/u,
    },
    { fault: 'break at the first config', code: 1, says: /cannot start: chaos: break/u },
  ])('$fault ends the daemon with its name and reason', async ({ fault, code, says }) => {
    await configure(good)
    const child = start(fault)
    expect(await child.ended).toBe(code)
    expect(child.output).toMatch(says)
    expect(child.output).not.toContain('listening')
  })

  it('hang on the first config does not hold up a SIGTERM', async () => {
    await configure(good)
    const child = start('hang on the first config')
    await child.says(/start chaos/u)
    term(child)
    expect(await child.ended).toBe(0)
    expect(child.output).toContain('good-bye')
  })
})

describe('while it runs', () => {
  it.each<Row & { readonly title: string }>([
    {
      title: 'an actor that crashes ends the daemon with its error',
      fault: 'crash on SIGUSR2',
      act: usr2,
      code: 1,
      says: /failed: Error: crash on SIGUSR2/u,
    },
    {
      title: 'an actor that ends well ends the daemon well',
      fault: 'none',
      act: usr2,
      code: 0,
      says: /settle chaos[^]*interrupt queue[^]*good-bye/u,
    },
    {
      title: 'a SIGTERM ends the daemon well',
      fault: 'none',
      act: term,
      code: 0,
      says: /settle signals[^]*good-bye/u,
    },
  ])('$title', async (row) => {
    await configure(good)
    const child = start(row.fault)
    await row.act?.(child, await ready(child))
    expect(await child.ended).toBe(row.code)
    expect(child.output).toMatch(row.says)
  })

  it('a job that crashes the worker costs that job, and too many end the daemon', async () => {
    await configure(good)
    const child = start('none')
    const url = await ready(child)
    await post(`${url}/jobs`, 'not JSON')
    await post(`${url}/jobs`, '{}')
    await expect
      .poll(() => text(`${url}/queue`), { timeout: 10_000 })
      .toBe('{"waiting":0,"done":1}')
    await post(`${url}/jobs`, 'nor this')
    await post(`${url}/jobs`, 'nor that')
    expect(await child.ended).toBe(1)
    expect(child.output).toMatch(/failed: GaveUpError: actor "queue" ended 3 times within 60s/u)
  })
})

describe('a reload', () => {
  it('takes good, refuses bad, takes good again, by HTTP, signal and change of the file', async () => {
    await configure(good)
    const child = start('none')
    const url = await ready(child)
    await configure({ ...good, greeting: 'two' })
    expect(await post(`${url}/reload`)).toBe('200 reloaded')
    expect(await text(url)).toBe('two')
    await configure('{ "greeting": ')
    expect(await post(`${url}/reload`)).toMatch(/^500 load: .*JSON/u)
    await configure({ greeting: 'three', jobMs: -1 })
    expect(await post(`${url}/reload`)).toMatch(/^500 queue: jobMs is -1/u)
    expect(await text(url)).toBe('two')
    await configure({ ...good, greeting: 'three' })
    child.process.kill('SIGHUP')
    await expect.poll(() => text(url), { timeout: 10_000 }).toBe('three')
    await configure({ ...good, greeting: 'four' })
    await expect.poll(() => text(url), { timeout: 10_000 }).toBe('four')
    term(child)
    expect(await child.ended).toBe(0)
  })

  it.each([
    { fault: 'refuse the second config', answer: '500 chaos: refuse the second config' },
    { fault: 'hang on the second config', answer: '500 chaos: not done after 2s' },
    { fault: 'break at the second config', answer: '500 chaos: break at the second config' },
  ])('survives a part that would $fault', async ({ fault, answer }) => {
    await configure(good)
    const child = start(fault)
    const url = await ready(child)
    expect(await post(`${url}/reload`)).toBe(answer)
    expect(await post(`${url}/reload`)).toBe('200 reloaded')
    term(child)
    expect(await child.ended).toBe(0)
  })

  it('that hangs does not hold up the stop', async () => {
    await configure(good)
    const child = start('hang on the second config')
    const url = await ready(child)
    const reload = post(`${url}/reload`)
    await child.says(/the part hangs/u)
    term(child)
    expect(await reload).toBe('500 chaos: the reloader has been stopped')
    expect(await child.ended).toBe(0)
  })
})

describe('at the stop, an actor that would', () => {
  it.each<Row>([
    { fault: 'crash at the stop', code: 1, says: /actor "chaos" failed in execute: crash/u },
    { fault: 'throw in interrupt', code: 1, says: /actor "chaos" failed in interrupt: throw/u },
    { fault: 'reject in interrupt', code: 1, says: /actor "chaos" failed in interrupt: reject/u },
    { fault: 'hang in interrupt', code: 1, says: /failed: OverdueError: .*chaos \(its interrupt/u },
    { fault: 'hang at the stop', code: 1, says: /failed: OverdueError: .*chaos \(asked to stop/u },
  ])('$fault is named, and everybody else stops in order', async ({ fault, code, says }) => {
    await configure(good)
    const child = start(fault)
    await ready(child)
    term(child)
    expect(await child.ended).toBe(code)
    expect(child.output).toMatch(says)
    expect(child.output).toMatch(/settle http[^]*settle queue/u)
  })

  it('still be at a job is waited for, and given up at its deadline', async () => {
    await configure(good)
    const child = start('none')
    const url = await ready(child)
    await post(`${url}/jobs`, '{"ms": 100}')
    await post(`${url}/jobs`, '{"ms": 3600000}')
    await expect
      .poll(() => text(`${url}/queue`), { timeout: 10_000 })
      .toBe('{"waiting":0,"done":1}')
    term(child)
    expect(await child.ended).toBe(1)
    expect(child.output).toMatch(/overdue: queue \(asked to stop .*inside: worker/u)
  })

  it('hang is cut short by a second SIGINT, which names it, but not by a second SIGTERM', async () => {
    await configure(good)
    const child = start('none')
    const url = await ready(child)
    await post(`${url}/jobs`, '{"ms": 3600000}')
    await expect
      .poll(() => text(`${url}/queue`), { timeout: 10_000 })
      .toBe('{"waiting":0,"done":0}')
    child.process.kill('SIGINT')
    await child.says(/settle http/u)
    term(child)
    term(child)
    child.process.kill('SIGINT')
    expect(await child.ended).toBe(130)
    expect(child.output).toMatch(/forced: queue \(asked to stop/u)
  })
})

async function text(url: string): Promise<string> {
  const response = await fetch(url)
  return (await response.text()).trim()
}
