import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../../bench/kubernetes-wire.js'
import {
  JsonListReader,
  WireListReader,
} from '../../../../src/mechanisms/kubernetes/decode/list-reader.js'
import { type Resource, resources } from '../../../../src/mechanisms/kubernetes/decode/picker.js'
import { Strings } from '../../../../src/mechanisms/kubernetes/decode/strings.js'
import {
  JsonWatchReader,
  WireWatchReader,
} from '../../../../src/mechanisms/kubernetes/decode/watch-reader.js'
import { Wire } from '../../../../src/mechanisms/kubernetes/decode/wire.js'
import type { Kind } from '../../../../src/mechanisms/kubernetes/objects.js'
import { messageOf } from './generated.js'

/** What kube-apiserver 1.20.2 answered, to the same request once in each encoding. */
const fixture = (name: string): Buffer =>
  readFileSync(path.join(import.meta.dirname, '../fixtures', name))

/** It has no endpoint slices in v1. */
const kinds: readonly Kind[] = [
  'pod',
  'node',
  'service',
  'endpoints',
  'ingress',
  'namespace',
  'replicaset',
  'job',
]

/** What was said, in an order of its own: the server has none. */
function sorted(events: Iterable<unknown>): readonly string[] {
  return Array.from(events, (event) => JSON.stringify(event)).sort()
}

describe('what a real server has said', () => {
  it.each(kinds)('of the kind %s is the same in both encodings', (kind) => {
    const resource: Resource<unknown> = resources[kind][0]
    const options = { picker: resource.picker, strings: new Strings(), take() {} }
    const [wire, json] = [new WireListReader(options), new JsonListReader(options)]
    wire.push(fixture(`${kind}.pb`))
    json.push(fixture(`${kind}.json`))
    const objects = [...wire.objects()]
    expect(objects.length).toBeGreaterThan(0)
    expect(objects).toEqual([...json.objects()])
    expect(wire.finish()).toEqual(json.finish())
    expect(objects).toMatchSnapshot()
  })

  it.each(kinds)('of the kind %s is written alike by the server of the tests', (kind) => {
    const { picker }: Resource<unknown> = resources[kind][0]
    const strings = new Strings()
    const list = JSON.parse(fixture(`${kind}.json`).toString()) as { readonly items: unknown[] }
    for (const item of list.items) {
      const bytes = encode(messageOf(kind), item)
      const wire = new Wire(strings, bytes).over(bytes, 0, bytes.length)
      expect(picker.fromWire(wire, bytes.length)).toEqual(picker.fromJson(item, strings))
    }
  })

  it('in a watch is the same in both encodings', () => {
    const options = {
      picker: resources.namespace[0].picker,
      strings: new Strings(),
      take() {},
    }
    const [wire, json] = [new WireWatchReader(options), new JsonWatchReader(options)]
    wire.push(fixture('watch.pb'))
    json.push(fixture('watch.json'))
    const events = sorted(wire.events())
    expect(events.length).toBeGreaterThan(3)
    expect(events).toEqual(sorted(json.events()))
    wire.finish()
    json.finish()
  })
})
