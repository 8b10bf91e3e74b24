import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'

const folder = path.resolve(import.meta.dirname, '../../examples/monitoring')

describeWithPeers('the alert rules', ['promtool'], () => {
  it.each([
    ['check', 'muster-alerts.yml'],
    ['test', 'muster-alerts.test.yml'],
  ])('pass promtool %s rules', async (command, file) => {
    const run = promisify(execFile)
    const { stdout } = await run(requirePeer('promtool'), [command, 'rules', file], { cwd: folder })
    expect(stdout).toContain('SUCCESS')
  })

  it('have a test each', async () => {
    const rules = await readFile(path.join(folder, 'muster-alerts.yml'), 'utf8')
    const tests = await readFile(path.join(folder, 'muster-alerts.test.yml'), 'utf8')
    const names = [...rules.matchAll(/- alert: (\w+)/gu)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(tests).toContain(`alertname="${name}"`)
  })
})

interface Series {
  readonly metric: Readonly<Record<string, string>>
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
}

/** What has nothing to show where no alert was sent, and no Alertmanager found. */
const emptyHere = ['Alerts sent', 'Alerts dropped', 'Queue', 'Targets that the guard holds']

describeWithPeers('a real Prometheus that scrapes muster', ['prometheus'], () => {
  it('has an answer to each query of the dashboard, and to each alert rule', async () => {
    const workspace = new Workspace()
    onTestFinished(() => workspace.remove())
    workspace.write('t.json', '[{"targets": ["h:1"]}]')
    const config = workspace.write(
      'p.yml',
      'scrape_configs:\n' +
        '- {job_name: a, file_sd_configs: [{files: [t.json]}]}\n' +
        '- {job_name: b, http_sd_configs: [{url: "http://127.0.0.1:9/x"}]}\n',
    )
    const daemon = await forThisTest(Daemon.start(config))
    const prometheus = await forThisTest(
      RealPrometheus.start({
        // The one target is this muster, on loopback.
        'prometheus.yml': `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: muster, static_configs: [{targets: ['${new URL(daemon.url).host}']}]}]
`,
      }),
    )
    const query = async (expr: string): Promise<readonly Series[]> => {
      const answer = await fetch(`${prometheus.url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expr }),
      })
      const body = (await answer.json()) as { error?: string; data?: { result: Series[] } }
      expect({ expr, error: body.error }).toEqual({ expr, error: undefined })
      return body.data?.result ?? []
    }
    const { panels } = JSON.parse(
      await readFile(path.join(folder, 'dashboard.json'), 'utf8'),
    ) as Dashboard
    let queries = 0
    for (const { title, targets = [] } of panels) {
      for (const { expr, legendFormat } of targets) {
        const here = expr
          .replaceAll('$job', 'muster')
          .replaceAll('$instance', '.*')
          .replaceAll('$__rate_interval', '1m')
        expect(here).not.toContain('$')
        queries += 1
        if (emptyHere.includes(title)) {
          await query(here)
          continue
        }
        // A rate is there after two scrapes of what it counts.
        await until(`${title} has data`, async () => (await query(here)).length > 0)
        const [series] = await query(here)
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/gu)) {
          expect({ title, labels: Object.keys(series?.metric ?? {}) }).toEqual({
            title,
            labels: expect.arrayContaining([label]) as unknown,
          })
        }
      }
    }
    expect(queries).toBeGreaterThan(20)

    const rules = await readFile(path.join(folder, 'muster-alerts.yml'), 'utf8')
    const exprs = [...rules.matchAll(/^ {8}expr: (.*)$/gmu)].map(([, expr = '']) => expr)
    expect(exprs.length).toBeGreaterThan(10)
    for (const expr of exprs) {
      await query(expr)
      // Every metric that a rule names is one that muster has.
      for (const [metric] of expr.matchAll(/\b(?:muster|prometheus|process|nodejs)_\w+/gu)) {
        const { text } = await daemon.get('/metrics')
        expect(text).toContain(`# TYPE ${metric} `)
      }
    }
    expect(await query('muster_sd_provider_healthy == 0')).toHaveLength(1)
  })
})
