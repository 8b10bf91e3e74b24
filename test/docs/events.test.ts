import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventKinds } from '../../src/scrape/events/index.js'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const page = await readFile(path.resolve(import.meta.dirname, '../../docs/events.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\S+)(?: file=(\S+))?\n([^]*?)^```$/gmu)].map(
  ([, language = '', file, text = '']) => ({ language, file, text }),
)

function block(language: string, file?: string): string {
  const found = blocks.find((one) => one.language === language && one.file === file)
  if (found === undefined) throw new Error(`the page has no such block: ${language}`)
  return found.text
}

/** The same text on every run. */
function steady(text: string, folder: string): string {
  return text
    .replaceAll(`${folder}/`, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'NOW')
    .replace(/"id": ?\d+/g, '"id":1')
}

describe('the example of docs/events.md', () => {
  const workspace = new Workspace()
  const state: { daemon?: Daemon } = {}

  beforeAll(async () => {
    for (const { file, text } of blocks) if (file !== undefined) workspace.write(file, text)
    const daemon = await Daemon.start(workspace.path('prometheus.yml'))
    state.daemon = daemon
    await until('the target is dropped', async () => {
      return (await daemon.get('/api/v1/targets/events')).text.includes('"dropped"')
    })
  })
  afterAll(async () => {
    await state.daemon?.stop()
    workspace.remove()
  })

  it('gets the answer that stands there', async () => {
    const [, ...args] = block('sh').trim().split(' ').slice(1)
    const asked = Daemon.spawn([...args, `--url=${state.daemon?.url ?? ''}`])
    expect((await asked.exited).code).toBe(1)
    expect(steady(asked.stdout, workspace.directory)).toBe(
      steady(block('text'), workspace.directory),
    )
  })

  it('makes the event that stands there', async () => {
    const { text } = (await state.daemon?.get('/api/v1/targets/events?address=db-2:9100')) ?? {}
    const { data } = JSON.parse(steady(text ?? '', workspace.directory)) as {
      data: { events: readonly unknown[] }
    }
    const event = blocks.findLast(({ language }) => language === 'json')
    expect(data.events).toEqual([JSON.parse(steady(event?.text ?? '', workspace.directory))])
  })

  it('has a line for every kind of event', () => {
    for (const kind of eventKinds) expect(page).toMatch(new RegExp(`^\\|.*\`${kind}\`.*\\|`, 'm'))
  })
})
