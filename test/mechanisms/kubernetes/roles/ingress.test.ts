import { describe, expect, it } from 'vitest'
import { ingressGroup } from '../../../../src/mechanisms/kubernetes/roles/ingress.js'
import { ingress, meta } from '../objects.js'
import { lookups, targets, short } from './harness.js'

describe('role ingress', () => {
  const hosts: readonly (readonly [
    title: string,
    host: string,
    tls: readonly string[],
    scheme: string,
  ])[] = [
    ['a host without a certificate is plain', 'a.example.com', ['b.example.com'], 'http'],
    ['a host with one is not', 'a.example.com', ['b.example.com', 'a.example.com'], 'https'],
    ['a wildcard has any first part', 'a.example.com', ['*.example.com'], 'https'],
    ['and only one', 'a.b.example.com', ['*.example.com'], 'http'],
    ['not none', 'example.com', ['*.example.com'], 'http'],
    ['a wildcard elsewhere is none', 'a.b.com', ['a.*.com'], 'http'],
    ['a rule for all hosts has the certificate of all hosts', '', [''], 'https'],
    ['a host that is a wildcard is one of its own certificate', '*.x.com', ['*.x.com'], 'https'],
  ]
  for (const [title, host, tlsHosts, scheme] of hosts) {
    it(title, () => {
      const group = ingressGroup(ingress({ tlsHosts, rules: [{ host, paths: ['/a'] }] }), lookups())
      expect(group.targets).toEqual([
        {
          __address__: host,
          __meta_kubernetes_ingress_host: host,
          __meta_kubernetes_ingress_scheme: scheme,
          __meta_kubernetes_ingress_path: '/a',
        },
      ])
    })
  }

  it('has a target for each path of each rule; no path is the root', () => {
    const group = ingressGroup(
      ingress({
        className: 'nginx',
        labels: ['a', 'b'],
        rules: [
          { host: 'x', paths: ['', '/b'] },
          { host: 'y', paths: undefined },
          { host: 'z', paths: [] },
        ],
      }),
      lookups({ namespaces: [meta({ namespace: '', name: 'shop', labels: ['t', 'u'] })] }),
    )
    expect(group.source).toBe('ingress/shop/web')
    expect(targets(group).map((one) => [one['ingress_host'], one['ingress_path']])).toEqual([
      ['x', '/'],
      ['x', '/b'],
      ['y', '/'],
    ])
    expect(short(group.labels)).toEqual({
      namespace: 'shop',
      ingress_name: 'web',
      ingress_class_name: 'nginx',
      ingress_label_a: 'b',
      ingress_labelpresent_a: 'true',
      namespace_label_t: 'u',
      namespace_labelpresent_t: 'true',
    })
  })
})
