import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import type { Ingress } from '../objects.js'
import { addMeta } from './label-maker.js'
import { addNamespace, keyOf, type Lookups } from './lookups.js'

/** A target for each path of each rule. */
export function ingressGroup(ingress: Ingress, lookups: Lookups): TargetGroup {
  const { maker } = lookups
  const pairs = ['__meta_kubernetes_namespace', ingress.namespace]
  if (ingress.className !== undefined) {
    pairs.push('__meta_kubernetes_ingress_class_name', ingress.className)
  }
  addMeta(pairs, maker.ingress, ingress)
  addNamespace(pairs, ingress.namespace, lookups)
  const targets = ingress.rules.flatMap(({ host, paths = ['/'] }) => {
    const isSafe = ingress.tlsHosts.some((pattern) => matches(pattern, host))
    return paths.map((path) => ({
      __address__: host,
      __meta_kubernetes_ingress_scheme: isSafe ? 'https' : 'http',
      __meta_kubernetes_ingress_host: host,
      __meta_kubernetes_ingress_path: path === '' ? '/' : path,
    }))
  })
  return { source: `ingress/${keyOf(ingress)}`, labels: maker.labels(pairs), targets }
}

/** Whether a host is the one of a certificate: `*.example.com` has any first part. */
function matches(pattern: string, host: string): boolean {
  if (pattern === host) return true
  const parts = pattern.split('.')
  const ofHost = host.split('.')
  if (parts[0] !== '*' || parts.length !== ofHost.length) return false
  return parts.every((part, at) => at === 0 || part === ofHost[at])
}
