import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { listen } from '../helpers/listen.js'
import { captureAlerts } from '../notifier/capture-alerts.js'

it('takes waits that are longer than a timer can be, as Prometheus does', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('[{"targets":["h:1"]}]')
  })
  const [{ address }, capture] = [await listen(server), await captureAlerts()]
  const workspace = new Workspace()
  workspace.write('f.json', '[{"targets":["f:1"]}]')
  const config = workspace.write(
    'p.yml',
    `
alerting: {alertmanagers: [{timeout: 100y, static_configs: [{targets: ['${capture.address}']}]}]}
scrape_configs:
  - job_name: a
    http_sd_configs: [{url: 'http://${address}/', refresh_interval: 100y}]
    file_sd_configs: [{files: [f.json], refresh_interval: 100y}]
`,
  )
  const daemon = await Daemon.start(config, [
    '--notifier.relay',
    '--config.auto-reload',
    '--config.auto-reload-interval=100y',
    '--web.read-timeout=100y',
    `--discovery.state-dir=${workspace.path('state')}`,
    '--discovery.state-max-age=100y',
  ])
  onTestFinished(async () => {
    await daemon.stop()
    workspace.remove()
  })
  await until('both targets are shown', async () => {
    const { text } = await daemon.get('/api/v1/targets')
    return text.includes('"h:1"') && text.includes('"f:1"')
  })
  const answer = await fetch(`${daemon.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '[{"labels":{"alertname":"a"}}]',
  })
  expect(answer.status).toBe(200)
  await capture.first()
  daemon.kill('SIGTERM')
  expect(await daemon.exited).toEqual({ code: 0, signal: null })
  // Node says so for each timer that it makes one millisecond of.
  expect(daemon.stderr).not.toMatch(
    /TimeoutOverflowWarning|level=(WARN|ERROR) (?!msg="Received an OS)/,
  )
})
