import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { builtInMechanisms, loadConfig } from '../../src/index.js'
import { type Child, startNode } from '../helpers/child.js'
import { fencesOf } from '../helpers/fences.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'
import { freePort } from '../helpers/free-port.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealAlertmanager } from '../helpers/real-alertmanager.js'
import { forThisTest } from '../helpers/real-process.js'
import { captureAlerts } from './capture-alerts.js'

const root = path.resolve(import.meta.dirname, '../..')
const fences = fencesOf(await readFile(path.join(root, 'docs/notifier.md'), 'utf8'))

describe('the programs of docs/notifier.md', () => {
  const state: { project?: StagedProject } = {}
  const at = (file: string): string => path.join(state.project?.directory ?? '', file)

  beforeAll(async () => {
    state.project = await stageProject()
    for (const { file = '', code } of fences) await writeFile(at(file), code)
    await state.project.compile(...fences.map(({ file = '' }) => at(file)))
  })
  afterAll(async () => {
    await state.project?.remove()
  })

  function start(...args: readonly string[]): Child {
    const child = startNode(args, { cwd: state.project?.directory ?? '' })
    onTestFinished(() => {
      child.process.kill('SIGKILL')
    })
    return child
  }

  it('are all tried here', () => {
    expect(fences.map(({ file }) => file)).toEqual(['once.ts', 'static.ts', 'discovered.ts'])
  })

  it('send an alert to every address before they end', async () => {
    const [a, b] = [await captureAlerts(), await captureAlerts()]
    const child = start('static.js', a.address, b.address)
    expect([await child.ended, child.output]).toEqual([0, ''])
    for (const { posts } of [a, b]) {
      expect(posts.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
        [
          expect.objectContaining({
            labels: { alertname: 'BackupFailed', severity: 'page', region: 'eu' },
            annotations: { summary: 'no space left' },
          }),
        ],
      ])
    }
  })

  describeWithPeers('with a real Alertmanager', ['alertmanager'], () => {
    it.each(['once.js', 'static.js'])(
      'deliver the alert to one that starts two seconds later: %s',
      async (program) => {
        const port = await freePort()
        const child = start(program, `127.0.0.1:${String(port)}`)
        await new Promise((resolve) => setTimeout(resolve, 2000))
        const alertmanager = await forThisTest(RealAlertmanager.start(port))
        expect(await child.ended).toBe(0)
        expect(await alertmanager.count()).toBe(1)
      },
    )
  })

  it.each([
    {
      program: 'once.js',
      says: /AlertLossError: alerts were lost: http:\/\/127.0.0.1:1\/.* did not get 1 alert \(.*ECONNREFUSED/,
    },
    {
      program: 'static.js',
      says: /127.0.0.1:1\/api\/v2\/alerts did not get 1 alerts: shutdown[^]*AlertLossError/,
    },
  ])('end with 1 and say so when no Alertmanager took the alert: $program', async (row) => {
    const code = await readFile(at(row.program), 'utf8')
    // What the page has would take half a minute.
    await writeFile(
      at(row.program),
      code.replace('30_000', '1000').replace('rejectOnLoss', 'drainTimeoutMs: 1000, rejectOnLoss'),
    )
    const child = start(row.program, '127.0.0.1:1')
    expect(await child.ended).toBe(1)
    expect(child.output).toMatch(row.says)
  })

  it('send an alert to what discovery finds, and end on SIGTERM', async () => {
    const capture = await captureAlerts()
    const section = `{static_configs: [{targets: ['${capture.address}']}]}`
    await writeFile(at('prometheus.yml'), `alerting: {alertmanagers: [${section}]}\n`)
    const child = start('discovered.js')
    expect((await capture.first()).body).toContain('"labels":{"alertname":"Started"}')
    child.process.kill('SIGTERM')
    expect([await child.ended, child.output]).toEqual([0, ''])
  })
})

it('the example of a relay is a config without faults', async () => {
  const env = {}
  const mechanisms = builtInMechanisms({ registry: new Registry(), env, userAgent: 'muster/test' })
  const file = path.join(root, 'examples/relay.yml')
  const { alerting } = await loadConfig(file, { mechanisms: [...mechanisms] })
  expect(alerting.alertmanagers.map(({ discovery }) => discovery.length)).toEqual([1, 1])
})
