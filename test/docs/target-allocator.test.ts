import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { load } from 'js-yaml'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAllocatorConfig } from '../../src/allocation/config.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { pkiFile } from '../helpers/pki/index.js'
import { ReceiverTwin } from '../parity/receiver-twin.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/target-allocator.md'), 'utf8')
const blocks = [...page.matchAll(/^( *)```(\S+)(?: file=(\S+))?\n([^]*?)^ *```$/gmu)].map(
  ([, indent = '', language = '', file, text = '']) => ({
    language,
    file,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gmu'), ''),
  }),
)
const [start = '', curl = ''] = blocks
  .filter(({ language }) => language === 'sh')
  .map(({ text }) => text.trim())
const exampleUrl = /'http:\/\/localhost:9099(\S+)'/u.exec(curl)?.[1] ?? ''

interface CollectorConfig {
  readonly receivers: {
    readonly prometheus: {
      readonly target_allocator: { readonly endpoint: string; readonly collector_id: string }
    }
  }
}

describe('docs/target-allocator.md', () => {
  const workspace = new Workspace()
  let daemon: Daemon

  beforeAll(async () => {
    for (const { file, text } of blocks) if (file !== undefined) workspace.write(file, text)
    const [command, config = '', allocator = ''] = start.split(' ')
    expect(command).toBe('muster')
    expect(config).toBe('--config.file=prometheus.yml')
    const [flag, file = ''] = allocator.split('=')
    daemon = await Daemon.start(workspace.path('prometheus.yml'), [
      `${flag ?? ''}=${workspace.path(file)}`,
    ])
  })
  afterAll(async () => {
    await daemon.stop()
    workspace.remove()
  })

  it('shows what a member gets', async () => {
    const expected = JSON.parse(blocks.find(({ language }) => language === 'json')?.text ?? '')
    let shown: unknown
    await until('there is a list', async () => {
      const { status, text } = await daemon.get(exampleUrl)
      if (status !== 200) return false
      shown = JSON.parse(text)
      return true
    })
    expect(shown).toEqual(expected)
  })

  it('has a config for collectors that gives them the targets between them', async () => {
    const text = blocks.find(({ file }) => file === 'collector.yaml')?.text ?? ''
    const { endpoint, collector_id } = (load(text) as CollectorConfig).receivers.prometheus
      .target_allocator
    expect(new URL(endpoint).port).toBe('9099')
    const twin = new ReceiverTwin({ endpoint: daemon.url, collectorId: collector_id })
    await twin.sync()
    expect(twin.jobs).toEqual(['node'])
    const lists = await Promise.all(
      [collector_id, 'otelcol-1'].map((id) => daemon.get(`/jobs/node/targets?collector_id=${id}`)),
    )
    const addresses = lists.flatMap(({ text: list }) =>
      (JSON.parse(list) as { targets: string[] }[]).flatMap(({ targets }) => targets),
    )
    expect(addresses.sort()).toEqual(['10.0.0.1:9100', '10.0.0.2:9100', '10.0.0.3:9100'])
  })

  it('names routes that there are', async () => {
    const named = [...page.matchAll(/^\| (`\/.+?`) \|/gmu)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\/[^`]+)`/gu)].map(([, route = '']) => route),
    )
    expect(named.length).toBeGreaterThan(5)
    for (const route of named) {
      const url = route.replace('<job>', 'node').replace('<id>', 'otelcol-1')
      expect([url, (await daemon.get(url)).status]).toEqual([url, 200])
    }
  })

  it('has a web config file that loads', () => {
    copyFileSync(pkiFile('server1.pem'), workspace.path('muster.pem'))
    copyFileSync(pkiFile('server1.key'), workspace.path('muster.key'))
    copyFileSync(pkiFile('ca1.pem'), workspace.path('members-ca.pem'))
    const entry = path.join(root, 'dist/bin/muster.js')
    const args = [entry, 'check', 'web-config', workspace.path('web.yml')]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([stderr, status]).toEqual([`${workspace.path('web.yml')} SUCCESS\n`, 0])
  })

  it('has a file with keys of the Target Allocator that loads', async () => {
    const given = { registry: new Registry(), env: {}, userAgent: 'test' }
    const config = await loadAllocatorConfig(workspace.path('targetallocator.yaml'), {
      mechanisms: builtInMechanisms(given),
    })
    expect(config).toMatchObject({ strategy: 'per-node', fallback_strategy: 'rendezvous' })
  })
})
