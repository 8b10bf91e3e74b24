import { afterEach, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const config = `
scrape_configs:
  - job_name: a
    static_configs: [{targets: ['h:1']}]
`

describe('the program', () => {
  const workspaces: Workspace[] = []
  const daemons: Daemon[] = []
  const workspace = (): Workspace => {
    const made = new Workspace()
    workspaces.push(made)
    return made
  }
  const started = (daemon: Daemon): Daemon => {
    daemons.push(daemon)
    return daemon
  }
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop()
    for (const made of workspaces.splice(0)) made.remove()
  })

  it.each([
    { name: 'an unknown flag', args: ['--nope'], code: 2, says: /unknown option '--nope'/ },
    {
      name: 'a near miss of a flag',
      args: ['--config.fil=x'],
      code: 2,
      says: /Did you mean --config.file\?/,
    },
    {
      name: 'a bad duration',
      args: ['--web.read-timeout=1x'],
      code: 2,
      says: /unknown unit "x" in duration "1x"/,
    },
    { name: 'a bad level', args: ['--log.level=loud'], code: 2, says: /Allowed choices are debug/ },
    {
      name: 'a bad external URL',
      args: ['--web.external-url="http://x"'],
      code: 2,
      says: /URL must not begin or end with quotes/,
    },
    {
      name: 'a bad CORS regex',
      args: ['--web.cors.origin=('],
      code: 2,
      says: /missing closing \)/,
    },
  ])('ends with $code at $name, and says what is wrong', async ({ args, code, says }) => {
    const daemon = started(Daemon.spawn(args))
    expect(await daemon.exited).toEqual({ code, signal: null })
    expect(daemon.stderr).toMatch(says)
  })

  it('ends with 2 at a missing config file, and says so once, as Prometheus does', async () => {
    const args = ['--config.file=/nowhere/p.yml', '--web.listen-address=127.0.0.1:0']
    const daemon = started(Daemon.spawn(args))
    expect(await daemon.exited).toEqual({ code: 2, signal: null })
    expect(daemon.stderr.match(/level=ERROR .*/g)).toEqual([
      'level=ERROR msg="Error loading config (--config.file=/nowhere/p.yml)" file=/nowhere/p.yml ' +
        'err="open /nowhere/p.yml: no such file or directory"',
    ])
  })

  it('ends with 1 when it cannot listen', async () => {
    const file = workspace().write('p.yml', config)
    const first = started(await Daemon.start(file))
    const address = new URL(first.url).host
    const second = started(
      Daemon.spawn([`--config.file=${file}`, `--web.listen-address=${address}`]),
    )
    expect(await second.exited).toEqual({ code: 1, signal: null })
    expect(second.stderr.match(/level=ERROR .*/g)).toEqual([
      `level=ERROR msg="Fatal error" err="Unable to start web listener on ${address}: ` +
        `listen EADDRINUSE: address already in use ${address}"`,
    ])
  })

  it.each([
    // 192.0.2.0/24 is for documents: no machine has such an address.
    {
      address: '192.0.2.1:80',
      says: 'listen EADDRNOTAVAIL: address not available 192.0.2.1:80; this machine does not have that address: see --web.listen-address',
    },
    { address: '[2001:db8::1]:80', says: 'listen E' },
    { address: '[192.0.2.1]:80', says: 'listen EADDRNOTAVAIL: address not available 192.0.2.1:80' },
    { address: 'nowhere.invalid:80', says: 'getaddrinfo ' },
  ])('says once why it cannot listen on $address', async ({ address, says }) => {
    const file = workspace().write('p.yml', config)
    const daemon = started(
      Daemon.spawn([`--config.file=${file}`, `--web.listen-address=${address}`]),
    )
    expect(await daemon.exited).toEqual({ code: 1, signal: null })
    const errors = daemon.stderr.match(/level=ERROR .*/g)
    expect(errors).toHaveLength(1)
    expect(errors?.[0]).toContain(
      `msg="Fatal error" err="Unable to start web listener on ${address}: ${says}`,
    )
  })

  it.each(['127.0.0.1', 'localhost', ':abc', '127.0.0.1:70000', '127.0.0.1:-1', '', '::1:80'])(
    'ends with 2 at the listen address %j, and says what is expected',
    async (address) => {
      const daemon = started(Daemon.spawn([`--web.listen-address=${address}`]))
      expect(await daemon.exited).toEqual({ code: 2, signal: null })
      expect(daemon.stderr).toContain(
        `--web.listen-address: "${address}" is not an address to listen on: ` +
          'expected host:port, :port or [v6]:port\n',
      )
    },
  )

  it('ends with 2 and every fault of the config, each with its place', async () => {
    const file = workspace().write(
      'p.yml',
      'scrape_configs:\n- job_nam: a\n- job_name: b\n  scrape_interval: 1x\n',
    )
    const daemon = started(
      Daemon.spawn([`--config.file=${file}`, '--web.listen-address=127.0.0.1:0']),
    )
    expect(await daemon.exited).toEqual({ code: 2, signal: null })
    const loading = `level=ERROR msg="Error loading config (--config.file=${file})"`
    expect(daemon.stderr.match(/level=ERROR .*/g)).toEqual([
      `${loading} at=${file}:2:3 key=scrape_configs[0].job_nam ` +
        'err="field job_nam not found in type config.ScrapeConfig (did you mean \\"job_name\\"?)"',
      `${loading} at=${file}:4:20 key=scrape_configs[1].scrape_interval ` +
        'err="unknown unit \\"x\\" in duration \\"1x\\""',
    ])
  })

  it('names fifty faults of a config, and counts the others', async () => {
    const jobs = Array.from({ length: 60 }, (_, i) => `- {job_name: j${String(i)}, nope: 1}\n`)
    const file = workspace().write('p.yml', `scrape_configs:\n${jobs.join('')}`)
    const daemon = started(
      Daemon.spawn([`--config.file=${file}`, '--web.listen-address=127.0.0.1:0']),
    )
    expect(await daemon.exited).toEqual({ code: 2, signal: null })
    const errors = daemon.stderr.match(/level=ERROR .*/g) ?? []
    expect(errors).toHaveLength(51)
    expect(errors[49]).toContain(`at=${file}:51:`)
    expect(errors[50]).toContain('err="and 10 more; `muster check config` names each"')
  })

  it.each([
    { signal: 'SIGTERM', name: 'terminated' },
    { signal: 'SIGINT', name: 'interrupt' },
  ] as const)(
    'ends with 0 at $signal, and logs it as Prometheus does',
    async ({ signal, name }) => {
      const daemon = started(await Daemon.start(workspace().write('p.yml', config)))
      daemon.kill(signal)
      expect(await daemon.exited).toEqual({ code: 0, signal: null })
      expect(daemon.stderr).toContain(
        `level=WARN msg="Received an OS signal, exiting gracefully..." signal=${name}\n`,
      )
      expect(daemon.stderr).toMatch(/See you next time!/)
    },
  )

  it('ends with 0 when asked over HTTP, if that is allowed', async () => {
    const file = workspace().write('p.yml', config)
    const daemon = started(await Daemon.start(file, ['--web.enable-lifecycle']))
    const answer = await fetch(`${daemon.url}/-/quit`, { method: 'POST' })
    expect(await answer.text()).toBe('Requesting termination... Goodbye!')
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
  })

  it('changes nothing over HTTP unless that is allowed', async () => {
    const daemon = started(await Daemon.start(workspace().write('p.yml', config)))
    for (const route of ['/-/quit', '/-/reload']) {
      const answer = await fetch(`${daemon.url}${route}`, { method: 'POST' })
      expect([answer.status, await answer.text()]).toEqual([403, 'Lifecycle API is not enabled.'])
    }
    expect((await fetch(`${daemon.url}/api/v2/alerts`, { method: 'POST' })).status).toBe(404)
  })

  it('serves under a route prefix, with logs in JSON', async () => {
    const file = workspace().write('p.yml', config)
    const daemon = started(
      await Daemon.start(file, ['--web.external-url=http://x.example/m/', '--log.format=json']),
    )
    expect(daemon.url).toMatch(/\/m$/)
    expect((await daemon.get('/-/ready')).status).toBe(200)
    expect((await daemon.get('/api/v1/status/flags')).text).toContain('"log.format":"json"')
    for (const line of daemon.stderr.trim().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('msg')
  })

  it('runs the rest of a config where a mechanism cannot work as it is configured, and says so everywhere', async () => {
    const file = workspace().write(
      'p.yml',
      `${config}  - job_name: b\n    http_sd_configs: [{url: "https://127.0.0.1/x", tls_config: {ca_file: /nowhere/ca}}]\n`,
    )
    const daemon = started(await Daemon.start(file))
    await until('the targets are shown', async () =>
      (await daemon.get('/api/v1/targets')).text.includes('"h:1"'),
    )
    const { providers } = await daemon.api<{ providers: readonly Record<string, unknown>[] }>(
      '/providers',
    )
    expect(providers.find(({ mechanism }) => mechanism === 'http')).toMatchObject({
      sets: ['b'],
      state: 'failed',
      lastError: { kind: 'ERR_HTTP_CONFIG' },
    })
    expect(daemon.stderr).toMatch(/Cannot create service discovery.*http/)
    // An empty list would make consumers drop what they have of the job.
    const list = await daemon.get('/http_sd/b')
    expect(list.status).toBe(503)
    expect(list.text).toMatch(/^no answer yet from http\/\d+ \(.*\/nowhere\/ca.*\)\n$/)
    expect((await daemon.get('/metrics')).text).toContain(
      'prometheus_sd_failed_configs{name="scrape"} 1',
    )
  })

  it('prints its flags and its version', async () => {
    const help = started(Daemon.spawn(['--help']))
    expect(await help.exited).toEqual({ code: 0, signal: null })
    expect(help.stdout).toMatch(/--config\.file <path>/)
    const version = started(Daemon.spawn(['--version']))
    expect(await version.exited).toEqual({ code: 0, signal: null })
    expect(version.stdout).toMatch(/^muster, version \d+\.\d+\.\d+ /)
  })
})
