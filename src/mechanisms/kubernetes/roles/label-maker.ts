import type { Labels } from '../../../labels/index.js'
import { labelNames } from '../../kit/label-names.js'
import type { Meta, Pairs } from '../objects.js'

/** The names of labels for the metadata of one kind of object. */
export interface MetaNames {
  /** `__meta_kubernetes_pod_name`. */
  readonly name: string
  readonly label: (key: string) => string
  readonly labelPresent: (key: string) => string
  readonly annotation: (key: string) => string
  readonly annotationPresent: (key: string) => string
}

function metaNames(kind: string): MetaNames {
  const prefix = `__meta_kubernetes_${kind}_`
  return {
    name: `${prefix}name`,
    label: labelNames(`${prefix}label_`),
    labelPresent: labelNames(`${prefix}labelpresent_`),
    annotation: labelNames(`${prefix}annotation_`),
    annotationPresent: labelNames(`${prefix}annotationpresent_`),
  }
}

/** Label sets with the same names in the same order, as far as this one is from the first name. */
interface Shape {
  /** The shapes with one name more. */
  readonly next: Map<string, Shape>
  /** All names of this shape, without values. */
  template: Readonly<Record<string, string | null>> | undefined
}

/** How many shapes are known at most: a server that keeps inventing names must not fill the memory. */
const mostShapes = 20_000
/** V8 does not lay out larger objects in one piece. */
const mostNames = 128
/** Ports above are rare: their texts are not kept. */
const mostPorts = 4096

/**
 * Makes label sets that take little memory: the names of labels are made once, and label sets with the same
 * names share one hidden class of V8. An object that gets its names one by one becomes a hash table, which
 * is three times as large. One for each process.
 */
export class LabelMaker {
  readonly node: MetaNames = metaNames('node')
  readonly pod: MetaNames = metaNames('pod')
  readonly service: MetaNames = metaNames('service')
  readonly endpoints: MetaNames = metaNames('endpoints')
  readonly endpointslice: MetaNames = metaNames('endpointslice')
  readonly ingress: MetaNames = metaNames('ingress')
  readonly namespace: MetaNames = metaNames('namespace')
  readonly nodeAddress: (key: string) => string = labelNames('__meta_kubernetes_node_address_')
  readonly nodeCondition: (key: string) => string = labelNames('__meta_kubernetes_node_condition_')
  readonly topology: (key: string) => string = labelNames(
    '__meta_kubernetes_endpointslice_endpoint_topology_',
  )
  readonly topologyPresent: (key: string) => string = labelNames(
    '__meta_kubernetes_endpointslice_endpoint_topology_present_',
  )
  readonly #ports = new Map<number, string>()
  #root: Shape = { next: new Map(), template: undefined }
  #shapes = 0

  /** The text of a port, the same string each time. */
  port(number: number): string {
    const known = this.#ports.get(number)
    if (known !== undefined) return known
    const text = String(number)
    if (this.#ports.size < mostPorts) this.#ports.set(number, text)
    return text
  }

  /**
   * Makes a label set.
   * @param pairs names and values in turn; of two with one name the later one wins
   */
  labels(pairs: Pairs): Labels {
    if (pairs.length > 2 * mostNames) return filled({}, pairs)
    const shape = this.#shapeOf(pairs)
    shape.template ??= templateOf(pairs)
    return filled({ ...shape.template }, pairs)
  }

  #shapeOf(pairs: Pairs): Shape {
    if (this.#shapes > mostShapes) {
      this.#shapes = 0
      this.#root = { next: new Map(), template: undefined }
    }
    let shape = this.#root
    for (let at = 0; at < pairs.length; at += 2) {
      const name = pairs[at] ?? ''
      let next = shape.next.get(name)
      if (next === undefined) {
        next = { next: new Map(), template: undefined }
        shape.next.set(name, next)
        this.#shapes += 1
      }
      shape = next
    }
    return shape
  }
}

/** Only what JSON.parse makes has all its members in the object itself, however many there are. */
function templateOf(pairs: Pairs): Readonly<Record<string, string | null>> {
  const names = pairs.filter((_, at) => at % 2 === 0)
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])))
  return JSON.parse(text) as Readonly<Record<string, string | null>>
}

function filled(labels: Record<string, string | null>, pairs: Pairs): Labels {
  for (let at = 0; at < pairs.length; at += 2) labels[pairs[at] ?? ''] = pairs[at + 1] ?? ''
  // Each name of the template is one of the pairs: all have a value.
  return labels as Labels
}

/** The labels of an object's name, labels and annotations. */
export function addMeta(pairs: string[], names: MetaNames, meta: Meta): void {
  pairs.push(names.name, meta.name)
  addLabelsAndAnnotations(pairs, names, meta)
}

/** The labels of an object's labels and annotations: with the values, and that they are there. */
export function addLabelsAndAnnotations(
  pairs: string[],
  names: MetaNames,
  { labels, annotations }: Meta,
): void {
  addEach(pairs, names.label, names.labelPresent, labels)
  addEach(pairs, names.annotation, names.annotationPresent, annotations)
}

/** Two labels for each pair: its value, and `true`. */
export function addEach(
  pairs: string[],
  nameOf: (key: string) => string,
  presentOf: (key: string) => string,
  found: Pairs,
): void {
  for (let at = 0; at < found.length; at += 2) {
    const key = found[at] ?? ''
    pairs.push(nameOf(key), found[at + 1] ?? '', presentOf(key), 'true')
  }
}
