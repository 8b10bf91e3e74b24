import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const root = path.resolve(import.meta.dirname, '../..')

interface Targets {
  readonly activeTargets: readonly {
    readonly scrapePool: string
    readonly labels: Readonly<Record<string, string>>
  }[]
  readonly droppedTargets: readonly unknown[]
}

describe('what `npm start` runs', () => {
  const workspace = new Workspace()
  let daemon: Daemon | undefined
  afterEach(async () => {
    await daemon?.stop()
    workspace.remove()
  })

  it('shows the targets of both jobs, says in one line where, and follows an edit of the file', async () => {
    cpSync(path.join(root, 'examples'), workspace.path('examples'), { recursive: true })
    daemon = await Daemon.start(workspace.path('examples/quickstart.yml'), ['--log.level=warn'])
    const targets = async (): Promise<Targets> =>
      (await daemon?.api<Targets>('/targets')) ?? { activeTargets: [], droppedTargets: [] }

    await until('all targets are shown', async () => (await targets()).activeTargets.length === 5)
    const { activeTargets, droppedTargets } = await targets()
    expect(droppedTargets).toHaveLength(1)
    expect(activeTargets.map(({ scrapePool, labels }) => [scrapePool, labels['instance']])).toEqual(
      [
        ['databases', 'db-1.example.net:9187'],
        ['databases', 'db-2.example.net:9187'],
        ['web', 'web-1.eu.example.net:8080'],
        ['web', 'web-2.eu.example.net:8080'],
        ['web', 'web-3.us.example.net:8080'],
      ],
    )
    expect(activeTargets[4]?.labels).toEqual({
      instance: 'web-3.us.example.net:8080',
      job: 'web',
      machine: 'web-3',
      service: 'shop',
      zone: 'us',
    })
    expect(await daemon.api('/alertmanagers')).toEqual({
      activeAlertmanagers: [{ url: 'http://127.0.0.1:9093/api/v2/alerts' }],
      droppedAlertmanagers: [],
    })
    expect(daemon.stdout.trim().split('\n')).toHaveLength(1)
    expect(daemon.stderr).toBe('')

    const file = workspace.path('examples/targets/web.yml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('web-3.us', 'web-4.ap'))
    await until('the new target is shown', async () =>
      (await targets()).activeTargets.some(({ labels }) => labels['zone'] === 'ap'),
    )
    expect((await targets()).activeTargets).toHaveLength(5)
  })

  it('is the very command of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>
    }
    expect(scripts['start']).toContain(
      'node dist/bin/muster.js --config.file=examples/quickstart.yml --log.level=warn',
    )
  })
})
