import { hashSync } from 'bcryptjs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'

const config = `
scrape_configs:
  - job_name: node
    file_sd_configs: [{files: ['targets-*.json']}]
    relabel_configs:
      - source_labels: [__meta_env]
        regex: test
        action: drop
      - source_labels: [__meta_env]
        target_label: env
  - job_name: few
    keep_dropped_targets: 1
    static_configs: [{targets: ['d:1', 'd:2']}]
    relabel_configs: [{action: drop}]
  - job_name: dead
    http_sd_configs: [{url: 'http://127.0.0.1:1/targets'}]
`

interface Answer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function muster(...args: readonly string[]): Promise<Answer> {
  const child = Daemon.spawn(args)
  const { code } = await child.exited
  return { code, stdout: child.stdout, stderr: child.stderr }
}

function groups(...each: readonly (readonly [env: string, ...targets: string[]])[]): string {
  return JSON.stringify(
    each.map(([__meta_env, ...targets]) => ({ targets, labels: { __meta_env } })),
  )
}

describe('muster why', () => {
  const state: { daemon?: Daemon; workspace?: Workspace } = {}
  const why = (...args: readonly string[]): Promise<Answer> =>
    muster('why', ...args, `--url=${state.daemon?.url ?? ''}`)

  beforeAll(async () => {
    const workspace = new Workspace()
    state.workspace = workspace
    const first = groups(['prod', '10.0.0.1:9100', 'gone:1'], ['test', '10.0.0.3:9100', 'bad/host'])
    workspace.write('targets-1.json', first)
    const daemon = await Daemon.start(workspace.write('p.yml', config))
    state.daemon = daemon
    const told = async (text: string): Promise<void> => {
      await until(text, async () =>
        (await daemon.get('/api/v1/targets/events')).text.includes(text),
      )
    }
    await told('"kind":"dropped","manager":"scrape","set":"node"')
    const second = groups(['prod', '10.0.0.1:9100', 'bad/host'], ['test', '10.0.0.3:9100'])
    workspace.write('targets-1.json', second)
    await told('"kind":"failed"')
    await told('"kind":"removed"')
  })
  afterAll(async () => {
    await state.daemon?.stop()
    state.workspace?.remove()
  })

  it.each([
    {
      name: 'an active target, rule by rule',
      address: '10.0.0.1:9100',
      code: 0,
      says: [
        /^10\.0\.0\.1:9100 is a target\.$/m,
        /^job "node": active as http:\/\/10\.0\.0\.1:9100\/metrics$/m,
        /^ {2}labels: env="prod" instance="10\.0\.0\.1:9100" job="node"$/m,
        /^ {2}rule 1 \(\S*p\.yml:6:9\): drop where "__meta_env" matches "test": changes nothing$/m,
        /^ {2}rule 2 \(\S*p\.yml:9:9\): replace env from "__meta_env": sets env="prod"$/m,
        /^ {2}\S+Z job "node": added after an answer of file\/0$/m,
        /^ {2}file\/0 \("node"\): running, 3 targets, last answer \S+Z$/m,
      ],
    },
    {
      name: 'a target by its host alone',
      address: '10.0.0.1',
      code: 0,
      says: [/^10\.0\.0\.1 is a target\.$/m],
    },
    {
      name: 'targets by a label',
      address: 'prod',
      code: 0,
      says: [/^job "node": active as http:\/\/10\.0\.0\.1:9100\/metrics$/m],
    },
    {
      name: 'a target that a rule drops',
      address: '10.0.0.3:9100',
      code: 1,
      says: [
        /is discovered, and dropped by a rule\./,
        /^ {2}rule 1 \(\S*p\.yml:6:9\): drop where "__meta_env" matches "test": DROPS THE TARGET$/m,
        /^ {2}\S+Z job "node": dropped by rule 1 \(\S*p\.yml:6:9\) after an answer of file\/0$/m,
      ],
    },
    {
      name: 'a target that cannot be made',
      address: 'bad/host',
      code: 1,
      says: [
        /is not a target: it is discovered, and no target can be made of it\./,
        /failed since "\\"bad\/host\\" is not a valid hostname" after an answer of file\/0/,
      ],
    },
    {
      name: 'a target that went',
      address: 'gone:1',
      code: 1,
      says: [
        /gone:1 is not a target: it is not discovered any more\./,
        /job "node": removed after an answer of file\/0/,
      ],
    },
    {
      name: 'a dropped target that is not shown any more',
      address: 'd:2',
      code: 1,
      says: [
        /a rule dropped it when it was last discovered/,
        /job "few" shows 1 of 2 dropped targets \(keep_dropped_targets\)/,
      ],
    },
    {
      name: 'an address that nobody knows, with the providers that might',
      address: 'nobody:1',
      code: 1,
      says: [
        /nobody:1 is not a target: nothing is known of it\./,
        /No event of it is kept\./,
        /^ {2}http\/2 \("dead"\): failing, 0 targets, no answer yet, ".*ECONNREFUSED.*", next try \S+Z$/m,
      ],
    },
  ])('explains $name', async ({ address, code, says }) => {
    const answer = await why(address)
    for (const line of says) expect(answer.stdout).toMatch(line)
    expect(answer).toMatchObject({ code, stderr: '' })
  })

  it('does not take one address for the beginning of another', async () => {
    expect((await why('10.0.0')).code).toBe(1)
    expect((await why('10.0.0.1:91')).code).toBe(1)
  })

  it('looks at one job only when asked to', async () => {
    expect((await why('10.0.0.1:9100', '--job=few')).code).toBe(1)
    expect((await why('10.0.0.1:9100', '--job=node')).code).toBe(0)
  })

  it.each([
    ['json', JSON.parse],
    ['yaml', load],
  ])('says the same as %s for programs', async (format, read) => {
    const answer = await why('10.0.0.3:9100', `-o${format}`)
    expect(answer).toMatchObject({ code: 1, stderr: '' })
    const step = {
      place: expect.stringMatching(/p\.yml:6:9$/) as unknown,
      rule: expect.objectContaining({ action: 'drop', regex: 'test' }) as unknown,
      keep: false,
    }
    expect(read(answer.stdout)).toMatchObject({
      address: '10.0.0.3:9100',
      isActive: false,
      more: 0,
      targets: [
        {
          scrapePool: 'node',
          state: 'dropped',
          discoveredLabels: { __address__: '10.0.0.3:9100', __meta_env: 'test' },
          steps: [step, { keep: false }],
        },
      ],
      events: [{ kind: 'dropped', rule: { number: 1 } }],
    })
  })

  it('says that a daemon keeps no events', async () => {
    const file = state.workspace?.path('p.yml') ?? ''
    const daemon = await Daemon.start(file, ['--discovery.events=0', '--web.route-prefix=/m'])
    try {
      const answer = await muster('why', 'd:1', `--url=${daemon.url}`)
      expect(answer).toMatchObject({ code: 1, stderr: '' })
      expect(answer.stdout).toContain('The server keeps no events (--discovery.events).')
      const metrics = await daemon.get('/metrics')
      expect(metrics.text).not.toContain('muster_target_events_total')
    } finally {
      await daemon.stop()
    }
  })

  it.each([
    {
      name: 'nobody listens',
      args: ['x', '--url=http://127.0.0.1:1'],
      code: 3,
      says: /muster why: GET http:\/\/127\.0\.0\.1:1\/api\/v1\/scrape_pools: .*ECONNREFUSED/,
    },
    {
      name: 'the URL is none',
      args: ['x', '--url=nowhere'],
      code: 2,
      says: /--url: "nowhere" is not a URL that begins with http:\/\/ or https:\/\//,
    },
    {
      name: 'the URL is of another kind, and has a password and codes for the terminal',
      args: ['x', '--url=ftp://me:secret@h/\u001b[2J'],
      code: 2,
      says: /--url: "ftp:\/\/me:xxxxx@h\/\\x1b\[2J" is not a URL/,
    },
    {
      name: 'the time is none',
      args: ['x', '--timeout=0s'],
      code: 2,
      says: /--timeout <duration>' argument '0s' is invalid\. it must be longer than 0/,
    },
    {
      name: 'a file for the connection is missing',
      args: ['x', '--http.config.file=/nowhere/http.yml'],
      code: 2,
      says: /--http\.config\.file: open \/nowhere\/http\.yml: no such file or directory/,
    },
    {
      name: 'that file is a device without an end',
      args: ['x', '--http.config.file=/dev/zero'],
      code: 2,
      says: /--http\.config\.file: read \/dev\/zero: not a regular file but a device/,
    },
    { name: 'no address is given', args: [], code: 2, says: /missing required argument 'address'/ },
  ])('ends with $code when $name', async ({ args, code, says }) => {
    const answer = await muster('why', ...args)
    expect(answer.stderr).toMatch(says)
    expect(answer.code).toBe(code)
  })

  it('brings credentials, and says when they are missing', async () => {
    const workspace = state.workspace ?? new Workspace()
    const users = `basic_auth_users: {me: '${hashSync('secret', 4)}'}`
    const daemon = await Daemon.start(workspace.path('p.yml'), [
      `--web.config.file=${workspace.write('web.yml', users)}`,
    ])
    try {
      const refused = await muster('why', '10.0.0.1', `--url=${daemon.url}`)
      expect(refused).toMatchObject({ code: 3, stdout: '' })
      expect(refused.stderr).toContain('/scrape_pools: the server answers 401: Unauthorized')
      const http = workspace.write('http.yml', 'basic_auth: {username: me, password: secret}')
      const allowed = ['why', 'nobody', `--url=${daemon.url}`, `--http.config.file=${http}`]
      expect((await muster(...allowed)).code).toBe(1)
    } finally {
      await daemon.stop()
    }
  })
})

describeWithPeers('muster why, asked of a real Prometheus', ['prometheus'], () => {
  it('explains what Prometheus knows, which has no events', async () => {
    const yaml = `
global: {scrape_interval: 100y}
scrape_configs:
  - job_name: node
    static_configs:
      - {targets: ['a:1'], labels: {__meta_env: prod}}
      - {targets: ['b:1'], labels: {__meta_env: test}}
    relabel_configs: [{source_labels: [__meta_env], regex: test, action: drop}]
`
    const prometheus = await RealPrometheus.start({ 'prometheus.yml': yaml })
    try {
      await until('Prometheus has targets', async () => {
        return (await prometheus.targets()).droppedTargets.length === 1
      })
      const active = await muster('why', 'a', `--url=${prometheus.url}`)
      expect(active.stdout).toMatch(/^job "node": active as http:\/\/a:1\/metrics$/m)
      expect(active.code).toBe(0)
      const dropped = await muster('why', 'b:1', `--url=${prometheus.url}`)
      expect(dropped.stdout).toContain('is discovered, and dropped by a rule.')
      expect(dropped.stdout).toContain('keeps no events')
      expect(dropped.code).toBe(1)
    } finally {
      await prometheus.stop()
    }
  })
})
