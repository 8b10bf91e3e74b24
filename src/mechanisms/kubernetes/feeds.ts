import type { Cluster, Feed, Query } from './cluster.js'
import type { Kind, ObjectOf } from './objects.js'
import type { LabelMaker } from './roles/label-maker.js'
import type { Lookups } from './roles/lookups.js'
import { type Role, roles } from './roles/roles.js'
import type { KubernetesConfig, RoleName } from './section.js'

/** Kinds that belong to the whole cluster. */
const clusterKinds: readonly Kind[] = ['node', 'namespace']

/** The feed of each kind that a role has use for. */
export type Feeds = { readonly [K in Kind]?: Feed<ObjectOf[K]> }

/** The namespaces that a config looks at; one empty name for all of them. */
export function namespacesOf(
  { namespaces: { names, own_namespace: withOwn } }: Pick<KubernetesConfig, 'namespaces'>,
  ownNamespace: string | undefined,
): readonly string[] {
  const wanted = new Set(names)
  if (withOwn && ownNamespace !== undefined && ownNamespace !== '') wanted.add(ownNamespace)
  return wanted.size === 0 || wanted.has('') ? [''] : [...wanted]
}

/** The kinds of objects that a role needs, its own first. */
function kindsOf(role: Role<RoleName>, attach: KubernetesConfig['attach_metadata']): Kind[] {
  const { names } = role
  const hasPods = role.kind === 'pod' || names.pod !== undefined
  const kinds: readonly (readonly [kind: Kind, isNeeded: boolean])[] = [
    ['service', names.service !== undefined],
    ['pod', names.pod !== undefined],
    ['node', attach.node && names.node !== undefined],
    ['namespace', attach.namespace && names.namespace !== undefined],
    ['replicaset', attach.deployment && hasPods],
    // The name of the job itself is in the pod.
    ['job', attach.cronjob && hasPods],
  ]
  return [role.kind, ...kinds.filter(([, isNeeded]) => isNeeded).map(([kind]) => kind)]
}

/**
 * What a config has to follow to know the groups of one namespace.
 * @param namespace empty for all
 */
export function queriesOf(
  { attach_metadata: attach, selectors }: KubernetesConfig,
  role: Role<RoleName>,
  namespace: string,
): readonly Query[] {
  return kindsOf(role, attach).map((kind) => {
    const selector = selectors.find((one) => one.role === kind)
    return {
      kind,
      namespace: clusterKinds.includes(kind) ? '' : namespace,
      labelSelector: selector?.label ?? '',
      fieldSelector: selector?.field ?? '',
    }
  })
}

/** The feeds of these queries. */
export function feedsOf(cluster: Cluster, queries: readonly Query[]): Feeds {
  return Object.fromEntries(queries.map((query) => [query.kind, cluster.feed(query)]))
}

/** What a role finds in these feeds beside its own objects. */
export function lookupsIn(
  { service, pod, node, namespace, replicaset, job }: Feeds,
  { job: withJobName }: KubernetesConfig['attach_metadata'],
  maker: LabelMaker,
): Lookups {
  return {
    maker,
    withJobName,
    service: (key) => service?.store.get(key),
    pod: (key) => pod?.store.get(key),
    node: node && ((name) => node.store.get(name)),
    namespace: namespace && ((name) => namespace.store.get(name)),
    replicaSet: replicaset && ((key) => replicaset.store.get(key)),
    job: job && ((key) => job.store.get(key)),
  }
}

/** The role of a config. */
export function roleOfConfig({ role }: Pick<KubernetesConfig, 'role'>): Role<RoleName> {
  // The section refuses a config without a role. The feed of a role's kind has the objects that it takes.
  return roles[role === '' ? 'pod' : role] as Role<RoleName>
}
