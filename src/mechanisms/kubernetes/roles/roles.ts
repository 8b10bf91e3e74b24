import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import type { Kind, Meta, ObjectOf, Pod } from '../objects.js'
import type { RoleName } from '../section.js'
import { endpointsGroup, nodesOfEndpoints, overCapacity, podsOfEndpoints } from './endpoints.js'
import { endpointSliceGroup, nodesOfSlice, podsOfSlice, serviceOfSlice } from './endpointslice.js'
import { ingressGroup } from './ingress.js'
import { keyOf, type Lookups } from './lookups.js'
import { nodeGroup, withoutAddress } from './node.js'
import { controllerOf, podGroup } from './pod.js'
import { serviceGroup } from './service.js'

/** What a group of a role is made of. */
export interface Role<K extends Kind> {
  /** The kind of object that each group is made of. */
  readonly kind: K
  /** What the source of a group has before the key of its object: `pod/`. */
  readonly prefix: string
  /** Makes the group of an object; undefined where the one from before stays. */
  readonly group: (object: ObjectOf[K], lookups: Lookups) => TargetGroup | undefined
  /** What people should know of an object, in Prometheus' words; undefined for nothing. */
  readonly warning?: (object: ObjectOf[K]) => string | undefined
  /**
   * The other kinds that a group may have labels of: the keys of those objects. A change of one of
   * them changes the groups of the objects that name it.
   */
  readonly names: { readonly [Other in Kind]?: (object: ObjectOf[K]) => readonly string[] }
}

/** The namespace that an object is in. */
function namespaceOf({ namespace }: Meta): readonly string[] {
  return [namespace]
}

/** The key of an object that has the name and the namespace of another, such as endpoints of a service. */
function sameKey(object: Meta): readonly string[] {
  return [keyOf(object)]
}

function nodeOfPod({ nodeName }: Pod): readonly string[] {
  return [nodeName]
}

/** The replica set that manages a pod, by its `namespace/name`. */
export function replicaSetOfPod(pod: Pod): readonly string[] {
  return ownerOf(pod, 'ReplicaSet')
}

/** The job that manages a pod, by its `namespace/name`. */
export function jobOfPod(pod: Pod): readonly string[] {
  return ownerOf(pod, 'Job')
}

function ownerOf(pod: Pod, kind: string): readonly string[] {
  const owner = controllerOf(pod)
  return owner?.kind === kind ? [keyOf({ namespace: pod.namespace, name: owner.name })] : []
}

/** What each role is. */
export const roles: { readonly [Name in RoleName]: Role<Name> } = {
  node: { kind: 'node', prefix: 'node/', group: nodeGroup, warning: withoutAddress, names: {} },
  pod: {
    kind: 'pod',
    prefix: 'pod/',
    group: podGroup,
    names: {
      node: nodeOfPod,
      namespace: namespaceOf,
      replicaset: replicaSetOfPod,
      job: jobOfPod,
    },
  },
  service: {
    kind: 'service',
    prefix: 'svc/',
    group: serviceGroup,
    names: { namespace: namespaceOf },
  },
  endpoints: {
    kind: 'endpoints',
    prefix: 'endpoints/',
    group: endpointsGroup,
    warning: overCapacity,
    names: {
      service: sameKey,
      pod: podsOfEndpoints,
      node: nodesOfEndpoints,
      namespace: namespaceOf,
    },
  },
  endpointslice: {
    kind: 'endpointslice',
    prefix: 'endpointslice/',
    group: endpointSliceGroup,
    names: {
      service: serviceOfSlice,
      pod: podsOfSlice,
      node: nodesOfSlice,
      namespace: namespaceOf,
    },
  },
  ingress: {
    kind: 'ingress',
    prefix: 'ingress/',
    group: ingressGroup,
    names: { namespace: namespaceOf },
  },
}
