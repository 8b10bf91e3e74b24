import { Registry } from 'prom-client'
import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../src/discovery/groups/target-group.js'
import type { Labels } from '../../src/labels/index.js'
import { maxLabelCharacters, type RelabelRule } from '../../src/relabel/index.js'
import { EventRecorder } from '../../src/scrape/events/index.js'
import { group, jobWith, recordingLogger, rules, Stage } from './jobs.js'

const tooLarge = `the labels have more than ${String(maxLabelCharacters)} characters`
const made = `a rule reads or makes more than ${String(maxLabelCharacters)} characters`
const endless = '\u0001'.repeat(100 << 20)
const half = 'a'.repeat(maxLabelCharacters / 2)

interface Case {
  readonly title: string
  readonly rules?: readonly RelabelRule[]
  readonly target: Labels
  readonly fault: string
}

const repeated = (times: number, rule: Partial<RelabelRule>): readonly RelabelRule[] =>
  rules(...Array.from({ length: times }, () => rule))

const cases: readonly Case[] = [
  {
    title: 'an address of 100 MB that would be six times as long in JSON',
    target: { __address__: endless },
    fault: tooLarge,
  },
  { title: 'a name of 100 MB', target: { __address__: 'h:1', [endless]: 'v' }, fault: tooLarge },
  {
    title: 'an address that is too long together with another label',
    target: { __address__: half, other: half },
    fault: tooLarge,
  },
  {
    title: 'a label of 10 MB that a rule joins sixty times',
    rules: rules({
      source_labels: Array.from({ length: 60 }, () => 'x'),
      separator: '',
      target_label: 'y',
    }),
    target: { __address__: 'h:1', x: 'a'.repeat(10 << 20) },
    fault: made,
  },
  {
    title: 'a label that a rule joins with itself until it is too long',
    rules: rules({ source_labels: ['x', 'x', 'x'], separator: '', target_label: 'y' }),
    target: { __address__: 'h:1', x: half },
    fault: made,
  },
  {
    title: 'a label that forty rules double',
    rules: repeated(40, { source_labels: ['x', 'x'], separator: '', target_label: 'x' }),
    target: { __address__: 'h:1', x: 'xxxx' },
    fault: made,
  },
  {
    title: 'a label that the replacement of a rule multiplies',
    rules: repeated(40, { source_labels: ['x'], target_label: 'x', replacement: '$1$1' }),
    target: { __address__: 'h:1', x: 'xxxx' },
    fault: made,
  },
  {
    title: 'a name that a rule makes of a value and multiplies',
    rules: [
      ...repeated(20, { source_labels: ['x'], target_label: 'x', replacement: '$1$1' }),
      ...rules({ source_labels: ['x'], target_label: '$1$1', replacement: '1' }),
    ],
    target: { __address__: 'h:1', x: 'xxxx' },
    fault: made,
  },
  {
    title: 'many labels that rules fill',
    rules: rules(...['b', 'c', 'd'].map((name) => ({ source_labels: ['a'], target_label: name }))),
    target: { __address__: 'h:1', a: half },
    fault: tooLarge,
  },
]

describe('a target whose labels are too long fails alone', () => {
  it.each(cases)('$title', async ({ rules: relabel_configs = [], target, fault }) => {
    const lines: unknown[] = []
    const { stage, events } = recordedStage(
      { relabel_configs },
      recordingLogger(lines),
      group('g', ['before:1', target, 'after:1']),
    )
    await settled(stage)
    expect(stage.active()).toEqual(['instance=after:1', 'instance=before:1'])
    expect(lines).toEqual([
      [
        'error',
        'Creating target failed',
        { scrape_pool: 'job', err: `instance 1 in group g: ${fault}` },
      ],
    ])
    const metrics = await stage.registry.metrics()
    expect(metrics).toContain('prometheus_target_sync_failed_total{scrape_job="job"} 1')
    expect(events().filter(({ kind }) => kind === 'failed')).toMatchObject([{ fault }])
    // What it was found with is not handed on either.
    const raw = `[${[...(stage.manager.pool('job')?.list('raw') ?? [])].join(',')}]`
    const last = JSON.parse(raw) as readonly { readonly targets: readonly string[] }[]
    expect(last.map(({ targets: [address] }) => address).filter((one) => one === endless)).toEqual(
      [],
    )
    stage.discover('job', group('g', ['later:1']))
    expect(stage.active()).toEqual(['instance=later:1'])
  })

  it('and so do all of a group whose own labels are', () => {
    const { stage } = recordedStage({}, recordingLogger([]), group('g', ['a:1'], { x: endless }))
    stage.discover('job', group('other', ['b:1']))
    expect(stage.active()).toEqual(['instance=b:1'])
  })

  it('leaves the next targets of its kind as they are', async () => {
    const relabel_configs = rules(
      { source_labels: ['name'], target_label: '$1', replacement: '1', regex: '(.+)' },
      { action: 'labelmap', regex: 'long(.+)', replacement: '$1$1$1' },
    )
    const long = `long${'x'.repeat(maxLabelCharacters / 2)}`
    const { stage } = recordedStage(
      { relabel_configs },
      recordingLogger([]),
      group('g', [
        { __address__: 'a:1', name: long },
        { __address__: 'b:1', name: 'longer' },
      ]),
    )
    await settled(stage)
    expect(stage.active()).toEqual(['ererer=1 instance=b:1 longer=1 name=longer'])
  })
})

/** Targets that rules take too long for are relabelled in a thread. */
async function settled({ manager }: Stage): Promise<void> {
  await expect.poll(() => manager.isSettled, { timeout: 60_000, interval: 1 }).toBe(true)
}

function recordedStage(
  job: Parameters<typeof jobWith>[0],
  logger: ReturnType<typeof recordingLogger>,
  first: TargetGroup,
) {
  const recorder = new EventRecorder({ capacity: 100, scrape: NEVER, registry: new Registry() })
  const stage = new Stage([jobWith(job)], {
    logger,
    observe: recorder.observe,
  })
  stage.discover('job', first)
  const events = () =>
    recorder.log
      .page({}, { limit: 100 })
      .map(({ json }) => JSON.parse(json) as { readonly kind: string; readonly fault?: string })
  return { stage, events }
}
