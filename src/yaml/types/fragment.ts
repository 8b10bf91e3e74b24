import { isNull, type MapEntry, type Node, type ScalarNode } from '../tree/tree.js'
import type { Filling, Fragment, Plain, ReadFragment, Type } from './type.js'

/** Reads a node in the place of another. */
export type NodeReader = <T>(type: Type<T>, node: Node) => ReadFragment<T>

/** A node that was kept: two with the same texts are the same. */
export class KeptNode implements Fragment {
  readonly plain: Plain
  readonly #node: Node
  readonly #path: string
  readonly #read: NodeReader

  /** @param path the way to the node from the top of its file */
  constructor(node: Node, path: string, read: NodeReader) {
    this.plain = plainNode(node)
    this.#node = node
    this.#path = path
    this.#read = read
  }

  read<T>(type: Type<T>, fill: Filling): ReadFragment<T> {
    return this.#read(type, filledNode(this.#node, fill, this.#path))
  }
}

/** A value of any kind that is read later. */
export const fragment: Type<Fragment | undefined> = {
  name: 'fragment',
  zero: () => undefined,
  decode: (node, at) => at.keep(node),
  encode: (value) => value?.plain,
}

/** A node with other texts in its scalars; keys stay as they are. */
function filledNode(node: Node, fill: Filling, path: string): Node {
  switch (node.kind) {
    case 'scalar':
      return filledScalar(node, fill, path)
    case 'list':
      return {
        ...node,
        items: node.items.map((item, i) => filledNode(item, fill, `${path}[${String(i)}]`)),
      }
    case 'map':
      return { ...node, entries: node.entries.map((entry) => filledEntry(entry, fill, path)) }
  }
}

function filledEntry(entry: MapEntry, fill: Filling, path: string): MapEntry {
  return { ...entry, value: filledNode(entry.value, fill, `${path}.${entry.key.text}`) }
}

function filledScalar(node: ScalarNode, fill: Filling, path: string): ScalarNode {
  const text = fill(node.text, { path })
  return text === node.text ? node : { ...node, text, plain: false, tag: '' }
}

/** A node as plain data, its scalars as they are written. */
function plainNode(node: Node): Plain {
  if (isNull(node)) return null
  switch (node.kind) {
    case 'scalar':
      return node.text
    case 'list':
      return node.items.map(plainNode)
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plainNode(value)]))
  }
}
