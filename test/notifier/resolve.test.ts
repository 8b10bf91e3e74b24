import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { resolveGroup } from '../../src/notifier/resolve.js'
import { maxWork, Relabeler, type RelabelRule, relabelRule } from '../../src/relabel/index.js'

interface Case {
  readonly name: string
  readonly target: Labels
  readonly group?: Labels
  readonly prefix?: string
  readonly scheme?: string
  readonly rules?: readonly RelabelRule[]
}

function resolve({ target, group = {}, prefix = '', scheme = 'http', rules = [] }: Case) {
  return resolveGroup(
    { source: '0', labels: group, targets: [target, { __address__: 'good:9093' }] },
    { scheme, pathPrefix: prefix, relabeler: new Relabeler(rules) },
  )
}

const am = { __address__: 'am:9093' }

describe('a target becomes an Alertmanager', () => {
  it.each<Case & { url: string }>([
    { name: 'by its address', target: am, url: 'http://am:9093/api/v2/alerts' },
    { name: 'without a port', target: { __address__: 'am' }, url: 'http://am/api/v2/alerts' },
    { name: 'of IPv6', target: { __address__: '[::1]:80' }, url: 'http://[::1]:80/api/v2/alerts' },
    { name: 'under a prefix', target: am, prefix: 'a/', url: 'http://am:9093/a/api/v2/alerts' },
    {
      name: 'under a prefix of dots',
      target: am,
      prefix: '/../b//c',
      url: 'http://am:9093/b/c/api/v2/alerts',
    },
    {
      name: 'by a scheme in capitals',
      target: am,
      scheme: 'HTTP',
      url: 'HTTP://am:9093/api/v2/alerts',
    },
    { name: 'over TLS', target: am, scheme: 'https', url: 'https://am:9093/api/v2/alerts' },
    {
      name: 'whose own scheme and path lose to the config',
      target: { ...am, __scheme__: 'https', __alerts_path__: '/own' },
      url: 'http://am:9093/api/v2/alerts',
    },
    {
      name: 'whose own scheme loses even where its group has another',
      target: { ...am, __scheme__: 'https' },
      group: { __scheme__: 'https' },
      url: 'http://am:9093/api/v2/alerts',
    },
    {
      name: 'whose group wins over the config',
      target: am,
      group: { __scheme__: 'https', __alerts_path__: 'x y?#%' },
      url: 'https://am:9093/x%20y%3F%23%25',
    },
    {
      name: 'whose own address wins over that of its group',
      target: am,
      group: { __address__: 'other' },
      url: 'http://am:9093/api/v2/alerts',
    },
    {
      name: 'after relabelling',
      target: { ...am, __meta_port: '19093' },
      rules: [
        relabelRule({
          source_labels: ['__address__', '__meta_port'],
          regex: '([^:]+):.*;(.+)',
          replacement: '$1:$2',
          target_label: '__address__',
        }),
      ],
      url: 'http://am:19093/api/v2/alerts',
    },
  ])('$name', ({ url, ...given }) => {
    const { active, dropped, faults } = resolve(given)
    expect(active[0]).toBe(url)
    expect(active).toHaveLength(2)
    expect({ dropped, faults }).toEqual({ dropped: [], faults: [] })
  })

  it('or is dropped by a rule, and keeps the address it had', () => {
    const rules = [
      relabelRule({ target_label: '__address__', replacement: 'changed' }),
      relabelRule({ source_labels: ['x'], regex: '1', action: 'drop' }),
    ]
    const { active, dropped } = resolve({ name: '', target: { ...am, x: '1' }, rules })
    expect(dropped).toEqual(['http://am:9093/api/v2/alerts'])
    expect(active).toEqual(['http://changed/api/v2/alerts'])
  })

  it.each([
    { name: 'no address', target: { job: 'am' }, fault: 'no address' },
    {
      name: 'a path in its address',
      target: { __address__: 'am/x' },
      fault: '"am/x" is not a valid hostname',
    },
    {
      name: 'a user in its address',
      target: { __address__: 'u:p@am' },
      fault: '"u:xxxxx@am" is not a valid hostname',
    },
    {
      name: 'a port that is none',
      target: { __address__: 'am:x' },
      fault: '"am:x" is not a valid hostname',
    },
    {
      name: 'a space in its address',
      target: { __address__: 'a m' },
      fault: '"a m" is not a valid hostname',
    },
    {
      name: 'a scheme that is none',
      target: am,
      group: { __scheme__: 'ftp' },
      fault: 'unsupported protocol scheme "ftp"',
    },
    ...['file', 'unix', '', 'http:', 'h ttp', 'ht\u001btp'].map((scheme) => ({
      name: `the scheme ${JSON.stringify(scheme)}`,
      target: am,
      group: { __scheme__: scheme },
      fault: `unsupported protocol scheme ${JSON.stringify(scheme)}`,
    })),
    {
      name: 'an address of megabytes',
      target: { __address__: 'a'.repeat(5 << 20) },
      fault: 'the labels have more than 4194304 characters',
    },
    {
      name: 'a label that rules make endless',
      target: { ...am, x: 'xxxx' },
      rules: Array.from({ length: 40 }, () =>
        relabelRule({ source_labels: ['x', 'x'], separator: '', target_label: 'x' }),
      ),
      fault: 'a rule reads or makes more than 4194304 characters',
    },
    {
      name: 'a long address with a path',
      target: { __address__: `/${'a'.repeat(2000)}` },
      fault: `"/${'a'.repeat(1023)}…" is not a valid hostname`,
    },
  ])('or is left out alone, not with its group: it has $name', ({ fault, ...given }) => {
    const { active, dropped, faults } = resolve(given)
    expect(faults[0]).toBe(fault)
    expect(dropped).toEqual([])
    if (given.group === undefined) expect(active).toEqual(['http://good:9093/api/v2/alerts'])
  })
})

it('targets of a group whose rules take long are refused when they are many; the others are taken', () => {
  const heavy = relabelRule({ source_labels: ['x'], regex: '(.+).*(.+).*(.+)', target_label: 'y' })
  const relabeler = new Relabeler([heavy], 'utf8', maxWork)
  const targets = Array.from({ length: 100 }, (_, i) => ({
    __address__: `am${String(i)}:9093`,
    x: 'x'.repeat(i % 2 === 0 ? 60_000 : 60),
  }))
  const resolution = { scheme: 'http', pathPrefix: '', relabeler }
  const group = { source: '0', labels: {}, targets }
  const { active, faults } = resolveGroup(group, resolution)
  expect(active.length).toBeGreaterThan(50)
  expect(active).toEqual(
    expect.arrayContaining(
      targets.flatMap(({ __address__: a }, i) =>
        i % 2 === 0 ? [] : [`http://${a}/api/v2/alerts`],
      ),
    ),
  )
  expect(new Set(faults)).toEqual(new Set(['the rules take too long for these labels']))
  expect(active.length + faults.length).toBe(100)
  // What one group used up is not missing to the next one.
  expect(resolveGroup({ ...group, targets: targets.slice(0, 1) }, resolution).active).toHaveLength(
    1,
  )
})
