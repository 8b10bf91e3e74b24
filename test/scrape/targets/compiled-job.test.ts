import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import type { ScrapeJob } from '../../../src/scrape/index.js'
import { CompiledJob } from '../../../src/scrape/targets/compiled-job.js'
import { group, jobWith, rules } from '../jobs.js'

const defaults = {
  __address__: 'h:1',
  __metrics_path__: '/metrics',
  __scheme__: 'http',
  __scrape_interval__: '1m',
  __scrape_timeout__: '10s',
  job: 'job',
}

function relabeled(job: Partial<ScrapeJob>, target: Labels): unknown {
  const result = new CompiledJob(jobWith(job)).labelsOf(group('g', [target])).relabeled(0)
  if (result.kind === 'active') return result.labels.list.labels(result.labels.values)
  return result.kind === 'failed' ? result.fault : result.kind
}

describe('a discovered target', () => {
  it('has the labels of its group and of its job, unless it brings its own', () => {
    const compiled = new CompiledJob(
      jobWith({ params: { a: ['x', 'y'], none: [] }, metrics_path: '/m' }),
    )
    const labels = compiled.labelsOf(
      group('g', [{ __address__: 'h:1', own: 'target', hidden: '' }], {
        own: 'group',
        hidden: 'group',
        shared: 's',
      }),
    )
    const found = labels.discovered(0)
    expect(found?.list.labels(found.values)).toEqual({
      ...defaults,
      __metrics_path__: '/m',
      __param_a: 'x',
      own: 'target',
      shared: 's',
    })
  })

  it.each<[title: string, job: Partial<ScrapeJob>, target: Labels, expected: unknown]>([
    [
      'is active with its address for an instance',
      {},
      { __address__: 'h:1' },
      { ...defaults, instance: 'h:1' },
    ],
    [
      'keeps an instance of its own',
      {},
      { __address__: 'h:1', instance: 'i' },
      { ...defaults, instance: 'i' },
    ],
    [
      'keeps a job of its own',
      {},
      { __address__: 'h:1', job: 'other' },
      { ...defaults, job: 'other', instance: 'h:1' },
    ],
    [
      'gets no port',
      { scheme: 'https' },
      { __address__: 'h' },
      { ...defaults, __address__: 'h', __scheme__: 'https', instance: 'h' },
    ],
    [
      'loses what only discovery needs, and nothing else',
      {},
      { __address__: 'h:1', __meta_x: '1', __tmp: '2' },
      { ...defaults, __tmp: '2', instance: 'h:1' },
    ],
    [
      'is dropped by a rule',
      { relabel_configs: rules({ action: 'drop' }) },
      { __address__: 'h:1' },
      'dropped',
    ],
    ['needs an address', {}, { custom: 'v' }, 'no address'],
    [
      'needs an address that is a host',
      {},
      { __address__: 'a/b' },
      '"a/b" is not a valid hostname',
    ],
    [
      'may get its address from a rule',
      {
        relabel_configs: rules({
          source_labels: ['custom'],
          regex: '(.*)',
          target_label: '__address__',
          replacement: '${1}:80',
        }),
      },
      { custom: 'host' },
      { ...defaults, __address__: 'host:80', custom: 'host', instance: 'host:80' },
    ],
    [
      'needs an interval',
      {},
      { __address__: 'h:1', __scrape_interval__: '2notseconds' },
      'error parsing scrape interval: unknown unit "notseconds" in duration "2notseconds"',
    ],
    [
      'needs an interval above zero',
      {},
      { __address__: 'h:1', __scrape_interval__: '0s' },
      'scrape interval cannot be 0',
    ],
    [
      'needs a timeout',
      {},
      { __address__: 'h:1', __scrape_timeout__: 'x' },
      'error parsing scrape timeout: not a valid duration string: "x"',
    ],
    [
      'needs a timeout above zero',
      {},
      { __address__: 'h:1', __scrape_timeout__: '0' },
      'scrape timeout cannot be 0',
    ],
    [
      'needs a timeout within the interval',
      {},
      { __address__: 'h:1', __scrape_interval__: '1s', __scrape_timeout__: '2s' },
      'scrape timeout cannot be greater than scrape interval ("2s" > "1s")',
    ],
    [
      'needs values that are UTF-8',
      {},
      { __address__: 'h:1', x: '\udcbd' },
      'invalid label value for "x": "\\xbd"',
    ],
    [
      'needs nothing of what a rule took away',
      { relabel_configs: rules({ regex: '__address__', action: 'labeldrop' }) },
      { __address__: 'h:1' },
      'no address',
    ],
    [
      'may be called like what every object has',
      {},
      { __address__: 'h:1', constructor: 'c' },
      { ...defaults, constructor: 'c', instance: 'h:1' },
    ],
  ])('%s', (_title, job, target, expected) => {
    expect(relabeled(job, target)).toEqual(expected)
  })
})
