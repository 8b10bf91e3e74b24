import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { expect, it, vi } from 'vitest'
import { captureAlerts } from './capture-alerts.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { type MusterRig, startMuster } from './muster-rig.js'
import { RealAlertmanager } from '../helpers/real-alertmanager.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealConsul } from '../helpers/real-consul.js'
import { startAlertingPrometheus } from './alerting-prometheus.js'
import { relayCases } from './relay-cases.js'

const run = promisify(execFile)

/** Sends one alert with Alertmanager's own tool, as any script would. */
async function amtool(muster: MusterRig, n: string): Promise<void> {
  const args = ['alert', 'add', `--alertmanager.url=${muster.url}`, 'alertname=Test', `n=${n}`]
  await run(requirePeer('amtool'), args)
}

/** Waits until an Alertmanager knows exactly these alerts. */
async function firing(
  alertmanager: RealAlertmanager,
  ...numbers: readonly string[]
): Promise<void> {
  await vi.waitFor(async () => expect(await alertmanager.firing()).toEqual(numbers), {
    timeout: 25_000,
    interval: 50,
  })
}

const byFile = `
alerting:
  alertmanagers:
    - timeout: 1s
      file_sd_configs: [{files: [ams.json], refresh_interval: 1h}]
`

function targets(...addresses: readonly string[]): string {
  return JSON.stringify([{ targets: addresses }])
}

async function discovered(muster: MusterRig, ...addresses: readonly string[]): Promise<void> {
  await vi.waitFor(
    () =>
      expect(
        muster.notifier
          .alertmanagers()
          .active.map(({ url }) => new URL(url).host)
          .sort(),
      ).toEqual(addresses.toSorted()),
    { timeout: 25_000, interval: 20 },
  )
}

/** Two real Alertmanagers, found by file. */
async function pair() {
  const [a, b] = await Promise.all([
    forThisTest(RealAlertmanager.start()),
    forThisTest(RealAlertmanager.start()),
  ])
  const muster = await startMuster(byFile)
  await muster.write('ams.json', targets(a.address, b.address))
  await discovered(muster, a.address, b.address)
  return { a, b, muster }
}

describeWithPeers('with real Alertmanagers, the notifier', ['alertmanager', 'amtool'], () => {
  it('brings what amtool sends to both', async () => {
    const { a, b, muster } = await pair()
    await amtool(muster, '1')
    await amtool(muster, '2')
    await firing(a, '1', '2')
    await firing(b, '1', '2')
    expect(await muster.metric('prometheus_notifications_sent_total')).toBe(4)
  })

  it('serves one at once while the other is dead, and sends that one everything when it is back', async () => {
    const { a, b, muster } = await pair()
    await amtool(muster, '1')
    await firing(a, '1')
    await a.kill()
    await amtool(muster, '2')
    await firing(b, '1', '2')
    const back = await forThisTest(RealAlertmanager.start(a.port))
    await firing(back, '1', '2')
    expect(await muster.metric('muster_notifications_dropped_total')).toBe(0)
  })

  it('serves one at once while the other hangs, and goes on with that one when it wakes', async () => {
    const { a, b, muster } = await pair()
    a.signal('SIGSTOP')
    await amtool(muster, '1')
    await amtool(muster, '2')
    await firing(b, '1', '2')
    a.signal('SIGCONT')
    await firing(a, '1', '2')
    expect(await muster.metric('muster_notifications_dropped_total')).toBe(0)
  })

  it.each([500, 429])('serves one at once while the other answers %i', async (status) => {
    const b = await forThisTest(RealAlertmanager.start())
    let left = 3
    let taken = ''
    const server = createServer((request, response) => {
      request.resume()
      left -= 1
      if (left >= 0) {
        response.writeHead(status, { 'Retry-After': '1' }).end('busy')
        return
      }
      request.on('data', (chunk: Buffer) => {
        taken += chunk.toString()
      })
      request.on('end', () => response.end())
    })
    const { address } = await listen(server)
    const muster = await startMuster(byFile)
    await muster.write('ams.json', targets(address, b.address))
    await discovered(muster, address, b.address)
    await amtool(muster, '1')
    await firing(b, '1')
    await vi.waitFor(() => expect(taken).toContain('"n":"1"'), { timeout: 25_000 })
    expect(await muster.metric('prometheus_notifications_errors_total', address)).toBe(3)
    expect(await muster.metric('prometheus_notifications_errors_total', b.address)).toBe(0)
  })

  it('follows one to another port, with all that is valid', async () => {
    const { a, b, muster } = await pair()
    await a.kill()
    await amtool(muster, '1')
    const moved = await forThisTest(RealAlertmanager.start())
    await muster.write('ams.json', targets(moved.address, b.address))
    await firing(moved, '1')
    await firing(b, '1')
    await discovered(muster, moved.address, b.address)
  })

  it('sends one that is added later all that is valid', async () => {
    const { a, b, muster } = await pair()
    await amtool(muster, '1')
    await firing(a, '1')
    const added = await forThisTest(RealAlertmanager.start())
    await muster.write('ams.json', targets(a.address, b.address, added.address))
    await firing(added, '1')
  })

  it('sends with a new password after a reload, and what waited for it too', async () => {
    let taken = ''
    const server = createServer((request, response) => {
      const isRight = request.headers.authorization === 'Bearer new'
      if (isRight) {
        request.on('data', (chunk: Buffer) => {
          taken += chunk.toString()
        })
      }
      request.resume()
      request.on('end', () => response.writeHead(isRight ? 200 : 401).end())
    })
    const { address } = await listen(server)
    const yaml = (secret: string): string => `
alerting:
  alertmanagers:
    - authorization: {credentials: ${secret}}
      static_configs: [{targets: ['${address}']}]
`
    const muster = await startMuster(yaml('old'))
    await amtool(muster, '1')
    await vi.waitFor(() =>
      expect(muster.notifier.health()[0]?.lastError).toContain('401 Unauthorized'),
    )
    await muster.reload(yaml('new'))
    await vi.waitFor(() => expect(taken).toContain('"n":"1"'), { timeout: 25_000 })
    expect(JSON.stringify(muster.logger.lines)).not.toContain('old')
    expect(await muster.metric('muster_notifications_dropped_total')).toBe(0)
  })

  it('sends what is queued before it ends', async () => {
    const { a, b, muster } = await pair()
    const alerts = Array.from({ length: 3000 }, (_, i) => ({ labels: { n: String(i) } }))
    muster.notifier.send(alerts)
    await muster.stop()
    // The notifier has ended: nothing comes any more, but an Alertmanager may need a moment to list all.
    await vi.waitFor(async () => {
      expect([await a.count(), await b.count()]).toEqual([3000, 3000])
    })
    expect(await muster.metric('muster_notifications_dropped_total')).toBe(0)
  })

  it('takes 100,000 alerts in bursts, and loses none that is not counted', async () => {
    const { a, b, muster } = await pair()
    a.signal('SIGSTOP')
    const post = async (burst: number): Promise<number> => {
      const alerts = Array.from({ length: 1000 }, (_, i) => ({
        labels: { n: String(burst * 1000 + i) },
        endsAt: new Date(Date.now() + 600_000),
      }))
      const headers = { 'Content-Type': 'application/json' }
      const body = JSON.stringify(alerts)
      return (await fetch(`${muster.url}/api/v2/alerts`, { method: 'POST', headers, body })).status
    }
    for (let burst = 0; burst < 100; burst += 1) {
      expect(await post(burst)).toBe(200)
      for (const { queued } of muster.notifier.health()) expect(queued).toBeLessThanOrEqual(10_000)
    }
    a.signal('SIGCONT')
    await vi.waitFor(
      () => {
        const waiting = muster.notifier.health().map(({ queued, sending }) => queued + sending)
        expect(waiting).toEqual([0, 0])
      },
      { timeout: 60_000 },
    )
    for (const { address } of [a, b]) {
      const lost = await muster.metric('prometheus_notifications_dropped_total', address)
      const sent = await muster.metric('prometheus_notifications_sent_total', address)
      // Repeats went to the one that hung only.
      const isHung = address === a.address
      const repeats = isHung ? await muster.metric('muster_notifications_repeated_total') : 0
      expect(sent - repeats + lost).toBe(100_000)
      if (isHung) expect(lost).toBeGreaterThan(80_000)
      else expect(await b.count()).toBe(100_000 - lost)
    }
  }, 120_000)

  it('has a relay that answers as Alertmanager itself', async () => {
    const alertmanager = await forThisTest(RealAlertmanager.start())
    const muster = await startMuster('')
    for (const { name, body, status, answer } of relayCases) {
      const real = await alertmanager.post(body)
      expect({ name, ...real }).toEqual({ name, status, body: answer ?? real.body })
      const headers = { 'Content-Type': 'application/json' }
      const ours = await fetch(`${muster.url}/api/v2/alerts`, { method: 'POST', headers, body })
      expect({ name, status: ours.status }).toEqual({ name, status })
      if (answer === undefined) {
        expect(real.body).toContain('parsing alerts body from')
      } else expect(await ours.text()).toBe(answer)
    }
    for (const type of ['application/json; charset=utf-8', 'text/plain']) {
      const headers = { 'Content-Type': type }
      const ours = await fetch(`${muster.url}/api/v2/alerts`, {
        method: 'POST',
        headers,
        body: '[]',
      })
      expect({ status: ours.status, body: await ours.text() }).toEqual(
        await alertmanager.post('[]', type),
      )
    }
  })
})

describeWithPeers(
  'with a real Prometheus and Consul, the notifier',
  ['alertmanager', 'amtool', 'prometheus', 'consul'],
  () => {
    it('posts exactly what Prometheus posts', async () => {
      const [theirs, ours] = [await captureAlerts(), await captureAlerts()]
      await startAlertingPrometheus(theirs.address, 'rule')
      const expected = await theirs.first()
      const muster = await startMuster(`
alerting: {alertmanagers: [{static_configs: [{targets: ['${ours.address}']}]}]}
`)
      const headers = { 'Content-Type': 'application/json' }
      const { body } = expected
      await fetch(`${muster.url}/api/v2/alerts`, { method: 'POST', headers, body })
      const post = await ours.first()
      expect({ ...post, headers: { ...post.headers, 'user-agent': '' } }).toEqual({
        ...expected,
        headers: { ...expected.headers, 'user-agent': '' },
        // Go writes these characters as escapes, which read as the same.
        body: expected.body.replaceAll('\\u0026', '&'),
      })
      expect(expected.headers['user-agent']).toMatch(/^Prometheus\//)
      expect(post.headers['user-agent']).toMatch(/^muster\//)
    })

    it('brings the alerts of a rule and of amtool to all that Consul and a file name', async () => {
      const [a, b, c, consul] = await Promise.all([
        forThisTest(RealAlertmanager.start()),
        forThisTest(RealAlertmanager.start()),
        forThisTest(RealAlertmanager.start()),
        forThisTest(RealConsul.start()),
      ])
      await consul.registerPorts('alertmanager', [a.port, b.port])
      const muster = await startMuster(`
alerting:
  alertmanagers:
    - consul_sd_configs: [{server: '${consul.address}', services: [alertmanager]}]
    - file_sd_configs: [{files: [ams.json]}]
`)
      await muster.write('ams.json', targets(c.address))
      await discovered(muster, a.address, b.address, c.address)
      await startAlertingPrometheus(new URL(muster.url).host, 'rule')
      await amtool(muster, 'tool')
      for (const alertmanager of [a, b, c]) await firing(alertmanager, 'rule', 'tool')
      const added = await forThisTest(RealAlertmanager.start())
      await consul.registerPorts('alertmanager', [added.port])
      await firing(added, 'rule', 'tool')
    })
  },
)
