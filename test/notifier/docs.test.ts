import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { builtInMechanisms, loadConfig } from '../../src/index.js'
import { type Child, startNode } from '../helpers/child.js'
import { fencesOf } from '../helpers/fences.js'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'
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
    expect(fences.map(({ file }) => file)).toEqual(['static.ts', 'discovered.ts'])
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
