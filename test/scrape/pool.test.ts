import { describe, expect, it } from 'vitest'
import { group, jobWith, recordingLogger, rules, Stage } from './jobs.js'

const dropB = rules({ source_labels: ['__address__'], regex: 'b.*', action: 'drop' })

const globalHost = (scheme: string, host: string) =>
  host.includes(':')
    ? { scheme, host: host.replace('localhost', 'outside') }
    : { scheme, host, error: 'address x: missing port in address' }

describe('a scrape pool', () => {
  it('appears with the first update of its set, and lists what the rules left', () => {
    const stage = new Stage([jobWith({ relabel_configs: dropB })])
    expect(stage.manager.pools()).toEqual([])
    stage.discover('job', group('g', ['a:1', 'b:1', 'c:1']))
    expect(stage.active()).toEqual(['instance=a:1', 'instance=c:1'])
    expect(stage.dropped()).toEqual(['__address__=b:1 __metrics_path__=/metrics __scheme__=http'])
    expect(stage.manager.pool('job')).toMatchObject({ activeCount: 2, droppedCount: 1 })
    expect(stage.changes).toEqual([{ pool: 'job' }])
  })

  it('shows an active target as Prometheus does', () => {
    const stage = new Stage([jobWith({ params: { q: ['1'] } })])
    stage.discover(
      'job',
      group('g', [{ __address__: 'localhost:1', __meta_x: 'y' }], { team: 't' }),
    )
    expect(stage.entry()).toEqual({
      discoveredLabels: {
        __address__: 'localhost:1',
        __meta_x: 'y',
        __metrics_path__: '/metrics',
        __param_q: '1',
        __scheme__: 'http',
        __scrape_interval__: '1m',
        __scrape_timeout__: '10s',
        job: 'job',
        team: 't',
      },
      labels: { instance: 'localhost:1', job: 'job', team: 't' },
      scrapePool: 'job',
      scrapeUrl: 'http://localhost:1/metrics?q=1',
      globalUrl: 'http://localhost:1/metrics?q=1',
      lastError: '',
      lastScrape: '0001-01-01T00:00:00Z',
      lastScrapeDuration: 0,
      health: 'unknown',
      scrapeInterval: '1m',
      scrapeTimeout: '10s',
    })
  })

  it('gives targets the host under which others reach them', () => {
    const stage = new Stage([jobWith()], { globalHost })
    stage.discover('job', group('g', ['localhost:1']))
    expect(stage.entry()['globalUrl']).toBe('http://outside:1/metrics')
    stage.discover('job', group('g', ['x']))
    expect(stage.entry()).toMatchObject({
      globalUrl: 'http://x/metrics',
      lastError: ': address x: missing port in address',
    })
  })

  it('follows groups as they change and go', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1', 'b:1']), group('h', ['c:1']))
    stage.discover('job', group('g', ['b:1', 'd:1']))
    expect(stage.active()).toEqual(['instance=b:1', 'instance=c:1', 'instance=d:1'])
    stage.discover('job', 'g')
    expect(stage.active()).toEqual(['instance=c:1'])
    stage.discover('job', 'h', 'never seen')
    expect(stage.active()).toEqual([])
    expect(stage.manager.pool('job')?.activeCount).toBe(0)
  })

  it('shows a target of several groups once, until the last of them lets go', () => {
    const stage = new Stage([jobWith()])
    stage.discover(
      'job',
      group('g', ['a:1', 'a:1', 'b:1']),
      group('h', ['a:1']),
      group('i', ['a:1']),
    )
    expect(stage.active()).toEqual(['instance=a:1', 'instance=b:1'])
    expect(stage.manager.pool('job')?.activeCount).toBe(2)
    for (const [gone, left] of [
      ['g', ['instance=a:1']],
      ['i', ['instance=a:1']],
      ['h', []],
    ] as const) {
      stage.discover('job', gone)
      expect(stage.active()).toEqual(left)
      expect(stage.manager.pool('job')?.activeCount).toBe(left.length)
    }
  })

  it('tells targets apart that differ in a hidden label, and in nothing that is shown', () => {
    const stage = new Stage([jobWith()])
    const targets = Array.from({ length: 40 }, (_, i) => ({
      __address__: 'exporter:1',
      instance: 'i',
      __param_target: String(i),
    }))
    stage.discover('job', group('g', [...targets, ...targets]), group('h', targets.slice(0, 30)))
    expect(stage.manager.pool('job')?.activeCount).toBe(40)
    stage.discover('job', 'g')
    expect(stage.manager.pool('job')?.activeCount).toBe(30)
    expect(stage.active()).toHaveLength(30)
    stage.discover('job', group('h', targets.slice(0, 1)))
    expect(stage.active()).toHaveLength(1)
    stage.discover('job', 'h')
    expect(stage.active()).toEqual([])
  })

  it('keeps as many dropped targets as keep_dropped_targets says, and counts all', () => {
    const stage = new Stage([jobWith({ keep_dropped_targets: 3, relabel_configs: dropB })])
    stage.discover('job', group('g', ['b:1', 'b:2']), group('h', ['b:3', 'b:4', 'b:5']))
    expect(stage.dropped()).toHaveLength(3)
    expect(stage.manager.pool('job')?.droppedCount).toBe(5)
    expect([...(stage.manager.pool('job')?.droppedTargets() ?? [])]).toHaveLength(3)
  })

  it('fails every target while there are more than target_limit allows', () => {
    const stage = new Stage([jobWith({ target_limit: 2 })])
    stage.discover('job', group('g', ['a:1', 'b:1']))
    expect(stage.entry()).toMatchObject({ health: 'unknown', lastError: '' })
    stage.discover('job', group('h', ['c:1']))
    expect(stage.active()).toHaveLength(3)
    expect(stage.entry()).toMatchObject({
      health: 'down',
      lastError: 'target_limit exceeded (number of targets: 3, limit: 2)',
    })
    stage.configure([jobWith({ target_limit: 3 })])
    expect(stage.entry()).toMatchObject({ health: 'unknown', lastError: '' })
  })

  it('leaves a bad target out, and says so', async () => {
    const lines: unknown[] = []
    const stage = new Stage([jobWith()], { logger: recordingLogger(lines) })
    stage.discover('job', group('g', ['a:1', 'a/b', '']))
    expect(stage.active()).toEqual(['instance=a:1'])
    expect(lines).toEqual([
      [
        'error',
        'Creating target failed',
        { scrape_pool: 'job', err: 'instance 1 in group g: "a/b" is not a valid hostname' },
      ],
      [
        'error',
        'Creating target failed',
        { scrape_pool: 'job', err: 'instance 2 in group g: no address' },
      ],
    ])
    stage.discover(
      'job',
      group(
        'h',
        Array.from({ length: 1000 }, () => ''),
      ),
    )
    await stage.settled()
    expect(lines).toHaveLength(53)
    expect(lines.at(-1)).toEqual([
      'error',
      'Creating more targets failed',
      { scrape_pool: 'job', count: 950 },
    ])
    expect(await stage.registry.metrics()).toContain(
      'prometheus_target_sync_failed_total{scrape_job="job"} 1002',
    )
  })

  it('gives another version for every change, and the same for none', () => {
    const stage = new Stage([jobWith()])
    const seen = new Set<string | undefined>()
    const look = (): number => seen.add(stage.manager.pool('job')?.version).size
    stage.discover('job', group('g', ['a:1']))
    expect([look(), look()]).toEqual([1, 1])
    stage.discover('job', group('g', ['b:1']))
    expect(look()).toBe(2)
    stage.discover('job', 'g')
    expect(look()).toBe(3)
    stage.configure([jobWith({ relabel_configs: dropB })])
    expect(look()).toBe(4)
    stage.configure([jobWith({ relabel_configs: dropB, keep_dropped_targets: 1 })])
    expect(look()).toBe(5)
    stage.configure([jobWith({ relabel_configs: dropB, keep_dropped_targets: 1 })])
    expect(look()).toBe(5)
  })
})

describe('http_sd lists', () => {
  const relabel_configs = rules(
    { source_labels: ['__meta_path'], regex: '(.+)', target_label: '__metrics_path__' },
    { source_labels: ['__address__'], regex: 'b.*', action: 'drop' },
  )

  it('carry everything that makes the same final target', () => {
    const stage = new Stage([jobWith({ relabel_configs, params: { m: ['x'] } })])
    stage.discover('job', group('g', ['a:1', 'b:1'], { __meta_path: '/p' }))
    const common = {
      __param_m: 'x',
      __scheme__: 'http',
      __scrape_interval__: '1m',
      __scrape_timeout__: '10s',
      job: 'job',
    }
    expect(stage.httpSd('relabeled')).toEqual([
      { targets: ['a:1'], labels: { ...common, __metrics_path__: '/p', instance: 'a:1' } },
    ])
    expect(stage.httpSd('raw')).toEqual(
      ['a:1', 'b:1'].map((address) => ({
        targets: [address],
        labels: { ...common, __meta_path: '/p', __metrics_path__: '/metrics' },
      })),
    )
  })

  it('carry what discovery said, without what the job gives every target', () => {
    const stage = new Stage([jobWith({ relabel_configs, params: { m: ['x'] } })])
    const own = { __address__: 'c:1', __scheme__: 'https', job: 'own', team: '', __param_m: '' }
    stage.discover(
      'job',
      group('g', ['a:1', 'b:1'], { __meta_path: '/p' }),
      group('h', [own], { team: 't', __scheme__: '', __metrics_path__: '/h' }),
    )
    const labels = { __meta_path: '/p' }
    const ofOwn = { __metrics_path__: '/h', __scheme__: 'https', job: 'own' }
    expect(stage.httpSd('unseeded')).toEqual([
      { targets: ['a:1'], labels },
      { targets: ['b:1'], labels },
      { targets: ['c:1'], labels: ofOwn },
    ])
    // Only what rules keep, with the address among the labels, as the Target Allocator has it.
    expect(stage.httpSd('allocated')).toEqual([
      { targets: ['a:1'], labels: { __address__: 'a:1', ...labels } },
      { targets: ['c:1'], labels: { __address__: 'c:1', ...ofOwn } },
    ])
    // What the job adds for one list is not left over for the other.
    expect(stage.httpSd('raw')[0]).toMatchObject({ labels: { job: 'job', __param_m: 'x' } })
    expect(stage.httpSd('unseeded')[0]).toEqual({ targets: ['a:1'], labels })
  })

  it('can be of some of the targets, under a name of their own', () => {
    const stage = new Stage([jobWith()])
    stage.discover('job', group('g', ['a:1', 'b:1', 'c:1']))
    const pool = stage.manager.pool('job')
    const parts = (pool?.parts() ?? []).map(({ ranges }) => ({
      ranges: ranges.map((range) => ({ ...range, from: 1, to: 2 })),
    }))
    const list = pool?.list('allocated', undefined, { name: 'c 0', parts })
    expect(list?.name).toBe('allocated single true ["job","c 0"]')
    expect([...(list ?? [])]).toEqual(['{"targets":["b:1"],"labels":{"__address__":"b:1"}}'])
  })

  it('leave out a label with an empty name, for which Prometheus would refuse them all', () => {
    const labelmap = rules({ action: 'labelmap', regex: '__meta_(.*)' })
    const stage = new Stage([jobWith({ relabel_configs: labelmap })])
    stage.discover('job', group('g', ['a:1'], { __meta_: 'x', __meta_a: 'y' }))
    const [target] = stage.httpSd('relabeled') as { labels: Record<string, string> }[]
    expect(target?.labels).toMatchObject({ a: 'y', instance: 'a:1' })
    expect(Object.keys(target?.labels ?? {})).not.toContain('')
  })

  it.each([
    { what: 'a label without a name', made: { __meta_: 'x' }, counts: [1, 0] },
    { what: 'nothing', made: { __meta_a: 'x' }, counts: [0, 0] },
    {
      what: 'no job',
      made: { job: '' },
      more: [{ action: 'labeldrop', regex: 'job' }],
      counts: [0, 1],
    },
    {
      what: 'no path and a label without a name',
      made: { __meta_: 'x' },
      more: [{ action: 'labeldrop', regex: '__metrics_path__' }],
      counts: [1, 1],
    },
  ] as const)(
    'are counted where http_sd cannot say it: rules leave $what',
    async ({ made, more = [], counts }) => {
      const labelmap = { action: 'labelmap', regex: '__meta_(.*)' } as const
      const lines: unknown[] = []
      const stage = new Stage([jobWith({ relabel_configs: rules(labelmap, ...more) })], {
        logger: recordingLogger(lines),
      })
      const [leftOut = 0, comesBack = 0] = counts
      const losses = async (): Promise<unknown> => {
        const gauge = stage.registry.getSingleMetric('muster_http_sd_inexact_targets')
        const values = (await gauge?.get())?.values ?? []
        const [left, back] = ['left_out', 'comes_back'].map(
          (label) => values.find(({ labels }) => labels['label'] === label)?.value,
        )
        return { leftOut: left, comesBack: back }
      }
      stage.discover('job', group('g', ['a:1'], made))
      expect(stage.manager.pool('job')?.httpSdLosses).toEqual({ leftOut, comesBack })
      expect(await losses()).toEqual({ leftOut, comesBack })
      // The same target of another group is counted once, and said once.
      stage.discover('job', group('h', ['a:1'], made))
      expect(stage.manager.pool('job')?.httpSdLosses).toEqual({ leftOut, comesBack })
      const said = lines.filter((line) => JSON.stringify(line).includes('http_sd'))
      expect(said).toHaveLength(leftOut + comesBack)
      stage.discover('job', group('g', []))
      stage.discover('job', group('h', []))
      expect(stage.manager.pool('job')?.httpSdLosses).toEqual({ leftOut: 0, comesBack: 0 })
      expect(await losses()).toEqual({ leftOut: 0, comesBack: 0 })
    },
  )

  it('leave out names that Prometheus 2 refuses, for those who ask', () => {
    const stage = new Stage([jobWith()])
    const odd = { 'a.b': '1', 'a b': '2', '1a': '3', ü: '4', a: '5', _b1: '6' }
    stage.discover('job', group('g', ['a:1'], odd))
    for (const kind of ['relabeled legacy', 'raw legacy'] as const) {
      const list = [...(stage.manager.pool('job')?.list(kind) ?? [])].join(',')
      const { labels } = JSON.parse(list) as { labels: Record<string, string> }
      expect(labels).toMatchObject({ a: '5', _b1: '6', job: 'job' })
      expect(Object.keys(labels).filter((name) => !/^[a-z_][a-z0-9_]*$/.test(name))).toEqual([])
    }
  })

  it('become the same targets again', () => {
    const stage = new Stage([
      jobWith({ relabel_configs }),
      jobWith({ job_name: 'consumer', scrape_interval: 1000, scrape_timeout: 1000 }),
    ])
    stage.discover('job', group('g', ['a:1', 'c:1'], { __meta_path: '/p', team: 'é' }))
    const list = stage.httpSd('relabeled') as {
      targets: string[]
      labels: Record<string, string>
    }[]
    stage.discover(
      'consumer',
      ...list.map(({ targets, labels }, i) => group(String(i), targets, labels)),
    )
    expect(stage.active('consumer')).toEqual(stage.active())
    expect(
      [...(stage.manager.pool('consumer')?.targets() ?? [])].map(({ target }) => target.labels()),
    ).toEqual(
      [...(stage.manager.pool('job')?.targets() ?? [])].map(({ target }) => target.labels()),
    )
  })
})
