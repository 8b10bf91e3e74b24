import { describe, expect, it } from 'vitest'
import { noMeta } from '../../../src/mechanisms/kubernetes/decode/meta.js'
import type { Meta } from '../../../src/mechanisms/kubernetes/objects.js'
import { NamespaceView, Store } from '../../../src/mechanisms/kubernetes/feed/store.js'
import { keyOf } from './harness.js'

const object = (key: string, ...labels: readonly string[]): Meta => {
  const [name = '', namespace = ''] = key.split('/').toReversed()
  return { ...noMeta, name, namespace, labels }
}
const byLabel = ({ labels }: Meta): readonly string[] => labels
const names = (objects: Iterable<Meta>): readonly string[] => Array.from(objects, keyOf).sort()

/** A store with three objects. */
function filled(): Store<Meta> {
  const store = new Store<Meta>()
  for (const one of [object('x/a', '1'), object('x/b', '1', '2'), object('y/a', '2')]) {
    store.set(one)
  }
  return store
}

describe('a store', () => {
  it('finds objects by namespace and name, or by name', () => {
    const store = filled()
    store.set(object('node-1'))
    expect(store.size).toBe(4)
    expect(names(store.values())).toEqual(['node-1', 'x/a', 'x/b', 'y/a'])
    for (const key of ['node-1', 'x/a', 'y/a']) expect(keyOf(store.get(key) ?? noMeta)).toBe(key)
    expect(store.get('y/b')).toBeUndefined()
    expect(store.get('a')).toBeUndefined()
  })

  it.each(['before', 'after'])(
    'finds them by an index that was used first %s they came',
    (when) => {
      const store = when === 'before' ? new Store<Meta>() : filled()
      expect(names(store.by(byLabel, '9'))).toEqual([])
      if (when === 'before') for (const one of filled().values()) store.set(one)
      expect(names(store.by(byLabel, '1'))).toEqual(['x/a', 'x/b'])
      expect(names(store.by(byLabel, '2'))).toEqual(['x/b', 'y/a'])
      const before = store.set(object('x/b', '3'))
      expect(before?.labels).toEqual(['1', '2'])
      expect(names(store.by(byLabel, '1'))).toEqual(['x/a'])
      expect(names(store.by(byLabel, '3'))).toEqual(['x/b'])
      expect(store.delete('x', 'a')?.name).toBe('a')
      expect(store.delete('x', 'a')).toBeUndefined()
      expect(names(store.by(byLabel, '1'))).toEqual([])
      expect(store.size).toBe(2)
      store.clear()
      expect(store.size).toBe(0)
      expect(names(store.by(byLabel, '2'))).toEqual([])
      store.set(object('z/a', '2'))
      expect(names(store.by(byLabel, '2'))).toEqual(['z/a'])
    },
  )

  it('takes an object that an index gives one key twice', () => {
    const store = new Store<Meta>()
    expect(names(store.by(byLabel, '1'))).toEqual([])
    store.set(object('x/a', '1', '1'))
    expect(names(store.by(byLabel, '1'))).toEqual(['x/a'])
    store.set(object('x/b', '1'))
    store.delete('x', 'a')
    expect(names(store.by(byLabel, '1'))).toEqual(['x/b'])
  })
})

describe('a view of one namespace', () => {
  it('has what the store has of it', () => {
    const store = filled()
    const view = new NamespaceView(store, 'x')
    expect(view.size).toBe(2)
    expect(names(view.values())).toEqual(['x/a', 'x/b'])
    expect(view.get('x/a')).toBe(store.get('x/a'))
    expect(view.get('y/a')).toBeUndefined()
    expect(names(view.by(byLabel, '2'))).toEqual(['x/b'])
    store.clear()
    expect(view.size).toBe(0)
  })
})
