import type { Kind, Meta, ObjectOf } from '../objects.js'
import { endpointsFrom, readEndpoints } from './endpoints.js'
import { readSlice, sliceFrom } from './endpoint-slice.js'
import { ingressFrom, readIngress } from './ingress.js'
import { members } from './json.js'
import { metaOf, readMetaOnly } from './meta.js'
import { nodeFrom, readNode } from './node.js'
import { podFrom, readPod } from './pod.js'
import { readService, serviceFrom } from './service.js'
import type { Strings } from './strings.js'
import type { Wire } from './wire.js'

/** Makes what is kept of an object of one kind, from either encoding; the same of both. */
export interface Picker<O> {
  /** Reads a message that ends there. */
  fromWire(wire: Wire, end: number): O
  fromJson(value: unknown, strings: Strings): O
}

/** One version of the API of a kind. */
export interface Resource<O> {
  /** `/api/v1`, or `/apis/` with group and version. */
  readonly base: string
  /** `pods` */
  readonly plural: string
  readonly picker: Picker<O>
}

const metaOnly: Picker<Meta> = {
  fromWire: readMetaOnly,
  fromJson: (value, strings) => metaOf(members(value)['metadata'], strings),
}

function core<O>(plural: string, picker: Picker<O>): readonly [Resource<O>] {
  return [{ base: '/api/v1', plural, picker }]
}

function slices(version: 'v1' | 'v1beta1'): Resource<ObjectOf['endpointslice']> {
  const isBeta = version === 'v1beta1'
  return {
    base: `/apis/discovery.k8s.io/${version}`,
    plural: 'endpointslices',
    picker: {
      fromWire: (wire, end) => readSlice(wire, end, isBeta),
      fromJson: sliceFrom,
    },
  }
}

function ingresses(version: 'v1' | 'v1beta1'): Resource<ObjectOf['ingress']> {
  return {
    base: `/apis/networking.k8s.io/${version}`,
    plural: 'ingresses',
    picker: { fromWire: readIngress, fromJson: ingressFrom },
  }
}

/** The APIs of each kind, the one to prefer first; a server has at least one of them. */
export const resources: {
  readonly [K in Kind]: readonly [Resource<ObjectOf[K]>, ...Resource<ObjectOf[K]>[]]
} = {
  pod: core('pods', { fromWire: readPod, fromJson: podFrom }),
  node: core('nodes', { fromWire: readNode, fromJson: nodeFrom }),
  service: core('services', { fromWire: readService, fromJson: serviceFrom }),
  endpoints: core('endpoints', { fromWire: readEndpoints, fromJson: endpointsFrom }),
  endpointslice: [slices('v1'), slices('v1beta1')],
  ingress: [ingresses('v1'), ingresses('v1beta1')],
  namespace: core('namespaces', metaOnly),
  replicaset: [{ base: '/apis/apps/v1', plural: 'replicasets', picker: metaOnly }],
  job: [{ base: '/apis/batch/v1', plural: 'jobs', picker: metaOnly }],
}
