import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import type { Meta, Node, Pairs, Pod, Service } from '../objects.js'
import { addLabelsAndAnnotations, type LabelMaker } from './label-maker.js'

/** What a role finds beside the object that a group is made of. */
export interface Lookups {
  readonly maker: LabelMaker
  /** The service of this `namespace/name`. */
  service(key: string): Service | undefined
  /** The pod of this `namespace/name`. */
  pod(key: string): Pod | undefined
  /** These are undefined where the config does not attach them. */
  readonly node: ((name: string) => Node | undefined) | undefined
  readonly namespace: ((name: string) => Meta | undefined) | undefined
  readonly replicaSet: ((key: string) => Meta | undefined) | undefined
  readonly job: ((key: string) => Meta | undefined) | undefined
  /** Whether pods get the name of the job that owns them. */
  readonly withJobName: boolean
}

/** What a store calls an object: `namespace/name`, or `name` where it has no namespace. */
export function keyOf({
  namespace,
  name,
}: {
  readonly namespace: string
  readonly name: string
}): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** A value by its key; undefined where there is none. */
export function valueOf(pairs: Pairs, key: string): string | undefined {
  for (let at = 0; at < pairs.length; at += 2) if (pairs[at] === key) return pairs[at + 1]
  return undefined
}

/** A group that is gone. */
export function emptyGroup(source: string): TargetGroup {
  return { source, labels: {}, targets: [] }
}

/** The labels of the namespace, where they are attached and it is known. */
export function addNamespace(
  pairs: string[],
  name: string,
  { maker, namespace }: Pick<Lookups, 'maker' | 'namespace'>,
): void {
  const found = namespace?.(name)
  if (found !== undefined) addLabelsAndAnnotations(pairs, maker.namespace, found)
}
