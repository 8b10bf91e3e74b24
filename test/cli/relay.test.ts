import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { pkiFile } from '../helpers/pki/index.js'
import { clientOf } from '../http/harness.js'
import { captureAlerts } from '../notifier/capture-alerts.js'
import { RealAlertmanager } from '../helpers/real-alertmanager.js'
import { forThisTest } from '../helpers/real-process.js'
import { startAlertingPrometheus } from '../notifier/alerting-prometheus.js'

const run = promisify(execFile)

// Of `fakepassword`.
const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'
const tls = `tls_config: {ca_file: ${pkiFile('ca1.pem')}}`
const auth = 'basic_auth: {username: admin, password: fakepassword}'
const json = { 'Content-Type': 'application/json' }

const basic = (password: string): string =>
  `Basic ${Buffer.from(`u:${password}`).toString('base64')}`

const sectionWith = (password: string): string =>
  `{basic_auth: {username: u, password: ${password}}, file_sd_configs: [{files: [ams.json]}]}`

async function knows(alertmanager: RealAlertmanager, ...n: readonly string[]): Promise<void> {
  await until(`the alerts are ${n.join(', ')}`, async () => {
    return (await alertmanager.firing()).join() === n.join()
  })
}

describeWithPeers(
  'the relay behind TLS and a password',
  ['alertmanager', 'amtool', 'prometheus'],
  () => {
    let workspace: Workspace
    let daemon: Daemon

    beforeEach(() => {
      workspace = new Workspace()
    })
    afterEach(async () => {
      await daemon.stop()
      workspace.remove()
    })

    /** The daemon with these sections of Alertmanagers; one names the file `ams.json`. */
    async function start(sections: string, found: readonly string[]): Promise<void> {
      workspace.write('ams.json', JSON.stringify([{ targets: found }]))
      const config = workspace.write('p.yml', `alerting: {alertmanagers: [${sections}]}\n`)
      const web = workspace.write(
        'web.yml',
        `tls_server_config: {cert_file: ${pkiFile('server1.pem')}, key_file: ${pkiFile('server1.key')}}
basic_auth_users: {admin: ${hash}}
`,
      )
      daemon = await Daemon.start(config, ['--notifier.relay', `--web.config.file=${web}`])
      expect(daemon.url).toMatch(/^https:/)
      const client = clientOf(`${tls}\n${auth}`)
      await until('the Alertmanagers are found', async () => {
        const url = `${daemon.url}/api/v1/alertmanagers`
        const { body } = await client.request({ url, timeoutMs: 10_000 })
        return found.every((address) => body.toString().includes(address))
      })
    }

    const byFile = '{file_sd_configs: [{files: [ams.json]}]}'

    async function amtool(url: string, n: string, client: string): Promise<string> {
      const file = workspace.write('client.yml', client)
      const args = ['alert', 'add', `--http.config.file=${file}`, `--alertmanager.url=${url}`]
      try {
        await run(requirePeer('amtool'), [...args, 'alertname=Test', `n=${n}`])
        return 'taken'
      } catch (error) {
        return String((error as { readonly stderr?: unknown }).stderr)
      }
    }

    it('brings what amtool and Prometheus send to every Alertmanager', async () => {
      const [a, b] = [
        await forThisTest(RealAlertmanager.start()),
        await forThisTest(RealAlertmanager.start()),
      ]
      await start(`{static_configs: [{targets: ['${a.address}']}]}, ${byFile}`, [b.address])
      expect(await amtool(daemon.url, 'tool', `${auth}\n${tls}\n`)).toBe('taken')
      await startAlertingPrometheus(
        new URL(daemon.url).host,
        'rule',
        `scheme: https, ${auth}, ${tls}`,
      )
      await knows(a, 'rule', 'tool')
      await knows(b, 'rule', 'tool')
    })

    it.each([
      { name: 'no password', scheme: 'https', client: tls, says: /401/ },
      {
        name: 'a wrong password',
        scheme: 'https',
        client: `${tls}\nbasic_auth: {username: admin, password: wrong}`,
        says: /401/,
      },
      {
        name: 'no TLS',
        scheme: 'http',
        client: auth,
        says: /HTTP request to an HTTPS server|400|EOF|reset/,
      },
      { name: 'another authority', scheme: 'https', client: auth, says: /unknown authority/ },
    ])('takes nothing from a sender with $name', async ({ scheme, client, says }) => {
      const capture = await captureAlerts()
      await start(byFile, [capture.address])
      const url = daemon.url.replace('https', scheme)
      expect(await amtool(url, 'bad', `${client}\n`)).toMatch(says)
      expect(await amtool(daemon.url, 'good', `${auth}\n${tls}\n`)).toBe('taken')
      expect((await capture.first()).body).toContain('"n":"good"')
      expect(JSON.stringify(capture.posts)).not.toContain('bad')
    })

    it('sends what it has taken before SIGTERM ends it', async () => {
      const alertmanager = await forThisTest(RealAlertmanager.start())
      await start(byFile, [alertmanager.address])
      const body = JSON.stringify(
        Array.from({ length: 3000 }, (_, i) => ({ labels: { n: String(i) } })),
      )
      const { status } = await clientOf(`${tls}\n${auth}`).request({
        url: `${daemon.url}/api/v2/alerts`,
        method: 'POST',
        timeoutMs: 20_000,
        headers: json,
        body,
      })
      daemon.kill('SIGTERM')
      expect([status, await daemon.exited]).toEqual([200, { code: 0, signal: null }])
      expect(await alertmanager.count()).toBe(3000)
    })

    it('posts with the new password after SIGHUP, also what had to wait for it', async () => {
      const capture = await captureAlerts(({ headers }) =>
        headers['authorization'] === basic('second') ? 200 : 401,
      )
      await start(sectionWith('first'), [capture.address])
      expect(await amtool(daemon.url, 'waits', `${auth}\n${tls}\n`)).toBe('taken')
      expect((await capture.first()).headers['authorization']).toBe(basic('first'))
      workspace.write('p.yml', `alerting: {alertmanagers: [${sectionWith('second')}]}\n`)
      daemon.kill('SIGHUP')
      await until('it is taken', () =>
        capture.posts.some(
          ({ headers, body }) =>
            headers['authorization'] === basic('second') && body.includes('"n":"waits"'),
        ),
      )
      expect(daemon.stderr).not.toMatch(/fakepassword|u:first|u:second/)
    })
  },
)
