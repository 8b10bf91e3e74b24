import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const page = await readFile(path.resolve(import.meta.dirname, '../../docs/search.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\S+)(?: ([^\n]+))?\n([^]*?)^```$/gmu)].map(
  ([, language = '', info = '', text = '']) => ({ language, info, text }),
)

function block(language: string, info = ''): string {
  const found = blocks.find((one) => one.language === language && one.info === info)
  if (found === undefined) throw new Error(`the page has no such block: ${language} ${info}`)
  return found.text
}

describe('the examples of docs/search.md', () => {
  const workspace = new Workspace()
  const state: { daemon?: Daemon } = {}
  const steady = (text: string): string =>
    text
      .replaceAll(`${workspace.directory}/`, '')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'NOW')
      .replace(/"version": ?"[0-9a-f]{16}"/, '"version":"V"')
      .replace(/"tookMs": ?[\d.]+/, '"tookMs":1')
      .replace(/"id": ?"[0-9a-f]{12}"/g, '"id":"ID"')

  beforeAll(async () => {
    for (const { info, text } of blocks) {
      const [, file] = /^file=(.*)/.exec(info) ?? []
      if (file !== undefined) workspace.write(file, text)
    }
    const daemon = await Daemon.start(workspace.path('prometheus.yml'))
    state.daemon = daemon
    await until('the targets are there', async () => {
      return (await daemon.get('/api/v1/targets/events')).text.includes('"dropped"')
    })
  })
  afterAll(async () => {
    await state.daemon?.stop()
    workspace.remove()
  })

  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
    .filter((line) => line.startsWith('npx muster-sd '))

  it.each(commands)('%s', async (command) => {
    const args = command.split(' ').slice(2)
    const asked = Daemon.spawn([...args, `--url=${state.daemon?.url ?? ''}`])
    expect((await asked.exited).code).toBe(0)
    if (command.endsWith('targets db')) expect(steady(asked.stdout)).toBe(steady(block('text')))
  })

  it('finds what stands there', async () => {
    const { text } = (await state.daemon?.get('/api/v1/targets/search?q=db-3')) ?? {}
    const { data } = JSON.parse(steady(text ?? '')) as { readonly data: unknown }
    expect(data).toEqual(JSON.parse(steady(block('json'))))
  })

  it('tries rules as it stands there', async () => {
    const body = block('json', 'request=/api/v1/relabel')
    const url = `${state.daemon?.url ?? ''}/api/v1/relabel`
    const response = await fetch(url, { method: 'POST', body })
    const { data } = (await response.json()) as { readonly data: unknown }
    expect(data).toMatchObject(JSON.parse(block('json', 'answer')) as object)
  })
})
