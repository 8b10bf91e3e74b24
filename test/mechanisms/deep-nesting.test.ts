import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fileMechanism } from '../../src/mechanisms/file/index.js'
import { http } from '../../src/mechanisms/http.js'
import { createRelay } from '../../src/notifier/index.js'
import { Harness } from '../discovery/harness.js'
import { serve } from '../http/harness.js'
import { Folder } from './file/folder.js'
import { pollingOf } from './polling.js'

const depth = 100_000
const open = '['.repeat(depth)
const lists = open + ']'.repeat(depth)
const objects = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
const half = String.raw`"\ud800"`

/** Lists of groups that are brackets, a hundred thousand deep, where a group, a target or a label may be. */
const deep: readonly (readonly [title: string, text: string])[] = [
  ['brackets without an end', open],
  ['lists in lists', lists],
  ['lists for a target', `[{"targets":[${lists}]}]`],
  ['objects for a label', `[{"targets":["a"],"labels":{"a":${objects}}}]`],
  ['lists for an unknown field', `[{"targets":["a"],"x":${lists}}]`],
  ['lists beside half a character', `[{"targets":[${half},${lists}]}]`],
  ['lists behind a long number', `[12345678901234567890,${lists}]`],
  ['brackets before a good group', `[${lists},{"targets":["a"]}]`],
]

describe('a hundred thousand brackets are an error of', () => {
  it.each(deep)('an answer over HTTP: %s', async (_, text) => {
    let body = text
    const server = await serve((__, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    })
    const { poll } = pollingOf(http, `{url: "${server.url}"}`)
    await expect(poll()).rejects.toThrow()
    body = '[{"targets":["good"]}]'
    expect(await poll()).toMatchObject([{ targets: [{ __address__: 'good' }] }])
  })

  it.each([
    ...deep.map(([title, text]) => [title, 'json', text] as const),
    ...deep.map(([title, text]) => [title, 'yml', text] as const),
  ])('a file: %s (%s)', async (_, extension, text) => {
    const folder = new Folder()
    const h = new Harness()
    onTestFinished(async () => {
      h.manager.interrupt()
      await h.done
      folder.remove()
    })
    folder.write(`bad.${extension}`, text)
    folder.groups('good.json', '1:80')
    const mechanism = fileMechanism({ registry: new Registry() })
    const config = { files: [folder.at('*.json'), folder.at('*.yml')], refresh_interval: 60_000 }
    h.manager.prepare(new Map([['job', [{ mechanism, config }]]])).commit()
    await vi.waitFor(() => {
      h.scheduler.advance(100)
      expect(h.logged.join('\n')).toContain('Error reading file')
      expect([...(h.seen.get('job')?.values() ?? [])]).toEqual(['1:80'])
    }, 20_000)
  })

  it.each<readonly [title: string, text: string]>([
    ...deep.slice(0, 2),
    ['lists for an alert', `[${lists}]`],
    ['objects for labels', `[{"labels":${objects}}]`],
    ['lists for a label', `[{"labels":{"a":${lists}}}]`],
    ['lists for a time', `[{"labels":{"a":"b"},"startsAt":${lists}}]`],
    ['brackets that follow', `${objects}${open}`],
  ])('alerts that are posted: %s', async (_, text) => {
    const relay = createRelay({
      build: { version: '', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' },
      startedAt: new Date(0),
      config: () => '',
      notifier: {
        sendValid: ({ length }) => ({ kind: 'queued', taken: length, invalid: new Map() }),
      },
    })
    expect(await relay.post(text, 'application/json')).toMatchObject({ status: 400 })
  })
})
