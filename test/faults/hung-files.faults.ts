import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { pkiFile } from '../helpers/pki/index.js'
import { endure, shows } from './harness/endure.js'
import { hang } from './harness/hung-folder.js'
import { startListing } from './harness/listing.js'
import { configOf, ProbedDaemon } from './harness/probed-daemon.js'
import { noMoreThan } from './harness/vitals.js'

const part = 'files'

/** A workspace with a folder `net`, as a network folder would be mounted. */
function workspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const made = new Workspace()
  mkdirSync(made.path('net'))
  for (const [name, text] of Object.entries(files)) made.write(name, text)
  return made
}

const listOf = (...targets: readonly string[]): string => JSON.stringify([{ targets }])

/** Status and one header of the answer, over a connection of its own. */
async function overTls(url: string): Promise<[number | undefined, unknown]> {
  const request = https.get(`${url}/-/healthy`, { agent: false, rejectUnauthorized: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return [response.statusCode, response.headers['x-frame-options']]
}

/** Ends a daemon, and says how it ended and what it left behind. */
async function endOf(daemon: Daemon): Promise<{ signal: string | null; left: string }> {
  const asked = performance.now()
  daemon.kill('SIGTERM')
  const { signal } = await daemon.exited
  expect(performance.now() - asked).toBeLessThan(25_000)
  const [, left = ''] =
    /msg="Ending without waiting[^"]*" files="?([^"\n]*)/.exec(daemon.stderr) ?? []
  return { signal, left }
}

describe('a network folder whose server does not answer', () => {
  it('has the password for a server of target lists', async (context) => {
    const files = workspace({ 'net/password': 'secret' })
    const listing = await startListing(['x:1'])
    const rig = await ProbedDaemon.start(
      `http_sd_configs: [{url: 'http://${listing.address}/', basic_auth: {username: me, password_file: net/password}, refresh_interval: 2s}]`,
      files,
    )
    let end: (() => void) | undefined
    await endure(
      rig,
      {
        fault: 'the password file is in a folder that does not answer',
        kept: 'all targets',
        says: /the file system does not answer/,
        mechanism: 'http',
        before: ['x:1'],
        begin: () => void (end = hang(files.path('net'))),
        end() {
          end?.()
          listing.list(['x:2', 'y:1'])
        },
        after: ['x:2', 'y:1'],
      },
      context,
    )
  })

  it('has files of targets', async (context) => {
    const files = workspace({ 'net/x.json': listOf('x:1') })
    const rig = await ProbedDaemon.start(
      `file_sd_configs: [{files: ['net/*.json'], refresh_interval: 2s}]`,
      files,
    )
    let end: (() => void) | undefined
    await endure(
      rig,
      {
        fault: 'the files of targets are in a folder that does not answer',
        kept: 'all targets',
        says: /the file system does not answer/,
        mechanism: 'file',
        before: ['x:1'],
        begin: () => void (end = hang(files.path('net'))),
        end() {
          end?.()
          files.write('net/x.json', listOf('x:2', 'y:1'))
        },
        after: ['x:2', 'y:1'],
      },
      context,
    )
  })

  it('has the config file', async ({ task }) => {
    const section = "static_configs: [{targets: ['x:1']}]"
    const files = workspace({ 'net/prometheus.yml': configOf(['a'], section) })
    const daemon = await Daemon.start(files.path('net/prometheus.yml'), ['--web.enable-lifecycle'])
    task.context.onTestFinished(() => daemon.stop())
    const reload = async (): Promise<[number, string]> => {
      const response = await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
      return [response.status, await response.text()]
    }
    const end = hang(files.path('net'))
    const [status, says] = await reload()
    expect(status).toBe(500)
    expect(says).toMatch('the file system does not answer')
    expect((await daemon.get('/http_sd/a')).text).toContain('x:1')
    end()
    const ended = performance.now()
    await until('the config is read again', async () => (await reload())[0] === 200)
    task.meta.faultRow = {
      part,
      fault: 'the config file is in a folder that does not answer',
      kept: 'the config and all targets',
      shown: 'failed to reload config: load: open prometheus.yml: the file system does not answer',
      recoveryMs: performance.now() - ended,
    }
  })

  it('has the web config, and the certificate of the server', async ({ task }) => {
    const files = workspace({
      'prometheus.yml': configOf(['a'], "static_configs: [{targets: ['x:1']}]"),
    })
    const certify = (name: 'server1' | 'server2', option: string): void => {
      copyFileSync(pkiFile(`${name}.pem`), files.path('net/server.pem'))
      copyFileSync(pkiFile(`${name}.key`), files.path('net/server.key'))
      files.write(
        'net/web.yml',
        `tls_server_config: {cert_file: server.pem, key_file: server.key}\nhttp_server_config: {headers: {X-Frame-Options: ${option}}}\n`,
      )
    }
    certify('server1', 'deny')
    const web = `--web.config.file=${files.path('net/web.yml')}`
    const daemon = await Daemon.start(files.path('prometheus.yml'), [web])
    task.context.onTestFinished(() => daemon.stop())
    const end = hang(files.path('net'))
    for (let i = 0; i < 5; i += 1) expect(await overTls(daemon.url)).toEqual([200, 'deny'])
    await until('the log says so', () => /keeping what it had.*does not answer/.test(daemon.stderr))
    end()
    const ended = performance.now()
    certify('server2', 'sameorigin')
    await until('the new one counts', async () => {
      return (await overTls(daemon.url))[1] === 'sameorigin'
    })
    task.meta.faultRow = {
      part,
      fault:
        'the web config and the certificate of the server are in a folder that does not answer',
      kept: 'all targets; requests are answered, with what the files had',
      shown: 'errors in the log: the file system does not answer',
      recoveryMs: performance.now() - ended,
    }
  })

  it('has the passwords and certificates of eight jobs, and the state', async ({ task }) => {
    const files = workspace({ password: 'secret', 'x.json': listOf('f:1') })
    const listing = await startListing(['x:1'])
    mkdirSync(files.path('state'))
    const job = (name: string, http: string): string =>
      `  - job_name: ${name}\n    http_sd_configs: [{url: 'http://${listing.address}/', refresh_interval: 1s, ${http}}]\n`
    const passwords = [0, 1, 2, 3, 4, 5].map((i) => {
      files.write(`net/${String(i)}`, 'secret')
      return job(`h${String(i)}`, `basic_auth: {username: me, password_file: net/${String(i)}}`)
    })
    files.write('net/ca.pem', '')
    const others = `${job('ok', 'basic_auth: {username: me, password_file: password}')}  - job_name: f\n    file_sd_configs: [{files: [x.json], refresh_interval: 1s}]\n`
    const base = `global: {scrape_interval: 100y}\nscrape_configs:\n${passwords.join('')}${others}`
    const config = files.write('prometheus.yml', base)
    const daemon = await Daemon.start(config, [
      '--web.enable-lifecycle',
      `--discovery.state-dir=${files.path('state')}`,
    ])
    task.context.onTestFinished(() => daemon.stop())
    const has = async (name: string, target: string): Promise<void> =>
      until(`${name} has ${target}`, async () =>
        (await daemon.get(`/http_sd/${name}`)).text.includes(target),
      )
    await has('h5', 'x:1')
    await has('f', 'f:1')
    hang(files.path('net'))
    hang(files.path('state'))
    await until('each job says so', async () => {
      const { providers } = await daemon.api<{
        providers: readonly { lastError: { message: string } | null }[]
      }>('/providers')
      const silent = providers.filter(({ lastError }) =>
        lastError?.message.includes('does not answer'),
      )
      return silent.length === 6
    })
    // Certificates are read while a config is taken: both at once wait a fifth of a second, or the first request reads them.
    const tls = ['c0', 'c1'].map((name) => job(name, `tls_config: {ca_file: net/ca.pem}`))
    files.write('prometheus.yml', base + tls.join(''))
    const begun = performance.now()
    const reload = await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
    await reload.text()
    const tookMs = performance.now() - begun
    expect(tookMs).toBeLessThan(3000)

    listing.list(['x:2'])
    files.write('x.json', listOf('f:2'))
    await has('ok', 'x:2')
    await has('f', 'f:2')
    await has('h0', 'x:1')
    const response = await fetch(`${daemon.url}/api/v1/targets`)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    await response.text()

    const { signal, left } = await endOf(daemon)
    expect(signal).toBe('SIGTERM')
    expect(left).toContain(files.path('state'))
    expect(left).toContain(files.path('net'))
    task.meta.faultRow = {
      part,
      fault:
        'passwords and certificates of eight jobs and the state folder are in folders that do not answer',
      kept: 'all targets; the other jobs, files of targets and compressed answers go on; SIGTERM ends the process',
      shown: 'failing: the file system does not answer; at the end the log names the files',
      recoveryMs: 0,
    }
  })

  it('has the state, at the start', async ({ task }) => {
    const files = workspace()
    const listing = await startListing(['x:1'])
    const section = `http_sd_configs: [{url: 'http://${listing.address}/', refresh_interval: 1s}]`
    const end = hang(files.path('net'))
    const rig = await ProbedDaemon.start(section, files, [
      `--discovery.state-dir=${files.path('net')}`,
    ]).catch((error: unknown) => {
      end()
      throw error
    })
    // Before the workspace is removed, which would wait for it.
    onTestFinished(end)
    await shows(rig, ['a'], ['x:1'])
    await until('the log says so', () =>
      /Discovery state cannot be read.*does not answer/.test(rig.log()),
    )
    const vitals = await rig.vitals()
    end()
    const ended = performance.now()
    listing.list(['x:2'])
    await until('the state is written', () =>
      readdirSync(files.path('net')).some((name) => name.endsWith('.state')),
    )
    const recoveryMs = performance.now() - ended
    await noMoreThan(vitals, () => rig.vitals())
    rig.daemon.kill('SIGTERM')
    expect(await rig.daemon.exited).toEqual({ code: 0, signal: null })
    task.meta.faultRow = {
      part,
      fault: 'muster starts with a state folder that does not answer',
      kept: 'the start: it waits five seconds for what an earlier run kept',
      shown: 'warnings in the log: the file system does not answer',
      recoveryMs,
    }
  })

  it.each(['config', 'web config', 'state'])(
    'has the %s, and SIGTERM comes at the start',
    async (what) => {
      const files = workspace({ 'prometheus.yml': configOf(['a'], 'static_configs: []') })
      hang(files.path('net'))
      const config = what === 'config' ? 'net/prometheus.yml' : 'prometheus.yml'
      const daemon = Daemon.spawn([
        `--config.file=${files.path(config)}`,
        '--web.listen-address=127.0.0.1:0',
        ...(what === 'web config' ? [`--web.config.file=${files.path('net/web.yml')}`] : []),
        ...(what === 'state' ? [`--discovery.state-dir=${files.path('net')}`] : []),
      ])
      await until('it starts', () => daemon.stderr.includes('Starting muster'))
      await new Promise((resolve) => setTimeout(resolve, 300))
      daemon.kill('SIGTERM')
      const { code, signal } = await daemon.exited
      expect([code, signal]).not.toEqual([0, null])
    },
  )
})
