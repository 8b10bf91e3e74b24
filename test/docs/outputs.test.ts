import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const page = await readFile(path.resolve(import.meta.dirname, '../../docs/outputs.md'), 'utf8')
const scripts = [...page.matchAll(/^```sh\n([^]*?)^```$/gmu)].map(([, text = '']) => text.trim())
const run = promisify(execFile)

describe('the examples of docs/outputs.md', () => {
  const workspace = new Workspace()
  const state: { daemon?: Daemon } = {}
  const script = (word: string): string => {
    const found = scripts.find((text) => text.includes(word))
    if (found === undefined) throw new Error(`the page has no script with ${word}`)
    return found
      .replaceAll('http://127.0.0.1:9099', state.daemon?.url ?? '')
      .replaceAll('/var/lib/muster', workspace.directory)
      .replaceAll('=prometheus.yml', `=${workspace.path('prometheus.yml')}`)
      .replaceAll(' targets/', ` ${workspace.directory}/`)
  }
  const shell = async (word: string): Promise<string> =>
    (await run('sh', ['-c', script(word)])).stdout
  const args = (word: string): readonly string[] => script(word).split(' ').slice(1)

  beforeAll(async () => {
    workspace.write(
      'prometheus.yml',
      "scrape_configs: [{job_name: node, static_configs: [{targets: ['127.0.0.1:9', '127.0.0.2:9']}]}]",
    )
    const [config = '', ...more] = args('--output.file-sd=')
    state.daemon = await Daemon.start(config.replace('--config.file=', ''), more)
    await until('the list is given', async () => {
      return (await state.daemon?.get('/http_sd/node'))?.status === 200
    })
  })
  afterAll(async () => {
    await state.daemon?.stop()
    workspace.remove()
  })

  it('write a file, and say so', async () => {
    await until('the file is there', () => existsSync(workspace.path('targets/node.json')))
    const { data } = JSON.parse(await shell('/outputs')) as {
      data: { files: readonly { job: string }[]; readers: readonly { job: string }[] }
    }
    expect([data.files[0]?.job, data.readers[0]?.job]).toEqual(['node', 'node'])
  })

  it('give one group', async () => {
    expect(JSON.parse(await shell('form=groups&settings'))).toEqual([
      {
        targets: ['127.0.0.1:9', '127.0.0.2:9'],
        labels: { __metrics_path__: '/metrics', __scheme__: 'http', job: 'node' },
      },
    ])
  })

  it('wait for a change that does not come', async () => {
    expect(await shell('wait=1s')).toBe('304\n')
  })

  it('begin a stream', async () => {
    expect(await shell('text/event-stream')).toContain('event: snapshot\n')
  })

  it('follow a list on another machine', async () => {
    const follower = Daemon.spawn(args('muster follow'))
    const file = workspace.path('node.json')
    await until('the file is there', () => existsSync(file))
    follower.kill('SIGINT')
    expect((await follower.exited).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(
      readFileSync(workspace.path('targets/node.json'), 'utf8'),
    )
  })
})
