import { describe, expect, it } from 'vitest'
import {
  aroundItems,
  delimited,
  encode,
  envelope,
  frame,
} from '../../../../bench/kubernetes-wire.js'
import {
  JsonListReader,
  type ListReader,
  WireListReader,
} from '../../../../src/mechanisms/kubernetes/decode/list-reader.js'
import { resources } from '../../../../src/mechanisms/kubernetes/decode/picker.js'
import { Strings } from '../../../../src/mechanisms/kubernetes/decode/strings.js'
import {
  JsonWatchReader,
  type WatchReader,
  WireWatchReader,
} from '../../../../src/mechanisms/kubernetes/decode/watch-reader.js'
import type { Meta } from '../../../../src/mechanisms/kubernetes/objects.js'
import { generated } from './generated.js'

const options = { picker: resources.namespace[0].picker, strings: new Strings(), take() {} }
const head = { resourceVersion: '42', continue: 'next' }
const named = (name: string): object => ({ metadata: { name, uid: 'u', resourceVersion: '1' } })
const items = ['a', 'b', 'c'].map(named)

function inWire(all: readonly unknown[], message = 'Namespace'): Buffer {
  const encoded = Buffer.concat(all.map((item) => delimited(2, encode(message, item))))
  const [begin, end] = aroundItems('v1', `${message}List`, head, encoded.length)
  return Buffer.concat([begin, encoded, end])
}

const inJson = (all: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'List', metadata: head, items: all }))

/** Reads in pieces of a size. */
function read<O>(reader: ListReader<O>, body: Buffer, size: number): readonly O[] {
  const found: O[] = []
  for (let at = 0; at < body.length; at += size) {
    reader.push(body.subarray(at, at + size))
    found.push(...reader.objects())
  }
  return found
}

const forms = [
  { form: 'protobuf', body: inWire(items), make: () => new WireListReader(options) },
  { form: 'JSON', body: inJson(items), make: () => new JsonListReader(options) },
]

describe('a list', () => {
  it.each(forms)('in $form is the same in pieces of any size', ({ body, make }) => {
    for (let size = 1; size <= body.length; size += 1) {
      const reader = make()
      expect(read<Meta>(reader, body, size).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
      expect(reader.finish()).toEqual({ resourceVersion: '42', next: 'next' })
    }
  })

  it.each(forms)('in $form is not taken for whole before it is', ({ form, body, make }) => {
    for (let length = 0; length < body.length; length += 1) {
      const reader = make()
      read<Meta>(reader, body.subarray(0, length), 1000)
      // In protobuf two empty fields stand behind the list.
      const isWhole = form === 'protobuf' && [2, 4].includes(body.length - length)
      if (isWhole) expect(reader.finish().resourceVersion).toBe('42')
      else expect(() => reader.finish(), String(length)).toThrow('ends before the list does')
    }
  })

  it.each([
    { form: 'protobuf', body: inWire([]), make: () => new WireListReader(options) },
    { form: 'JSON', body: inJson([]), make: () => new JsonListReader(options) },
    {
      form: 'JSON with null',
      body: Buffer.from('{"items":null,"metadata":{"resourceVersion":"42","continue":"next"}}'),
      make: () => new JsonListReader(options),
    },
  ])('in $form may be empty', ({ body, make }) => {
    const reader = make()
    expect(read<Meta>(reader, body, 7)).toEqual([])
    expect(reader.finish()).toEqual({ resourceVersion: '42', next: 'next' })
  })

  it('of random pods is the same in both encodings, in pieces of any size', () => {
    const pods = Array.from({ length: 40 }, (_, seed) => generated('Pod', seed + 1, false))
    const own = { ...options, picker: resources.pod[0].picker }
    const json = read(new JsonListReader(own), inJson(pods), 1 << 16)
    expect(json).toHaveLength(40)
    for (const size of [13, 1000, 1 << 16]) {
      expect(read(new WireListReader(own), inWire(pods, 'Pod'), size)).toEqual(json)
      expect(read(new JsonListReader(own), inJson(pods), size)).toEqual(json)
    }
  })

  it.each<[string, string, string]>([
    ['a list', '[]', 'not a JSON object'],
    ['a text', '"x"', 'not a JSON object'],
    ['something behind it', '{"items":[]} x', 'not a JSON object'],
    ['a comma too many', '{"items":[{},]}', 'not a JSON object'],
    ['a name that is none', '{items:[]}', 'not a JSON object'],
    ['an element that is not JSON', '{"items":[nul]}', 'not JSON'],
    ['an element that is not JSON inside', '{"items":[{"a" "b"}]}', 'not JSON'],
  ])('in JSON with %s is an error', (_, body, message) => {
    const reader = new JsonListReader(options)
    expect(() => {
      read(reader, Buffer.from(body), 3)
      reader.finish()
    }).toThrow(message)
  })

  it('in JSON may have white space everywhere, escapes, and members of all sorts', () => {
    const body = ` { "a" : 1 , "b\\"" : [ "]" , {"x":"}"} ] , "items" : [ {"metadata":{"name":"x\\\\\\"]}"}} , null ] ,
      "metadata" : { "resourceVersion" : "7" } , "z" : "\\\\" } `
    for (let size = 1; size < 20; size += 1) {
      const reader = new JsonListReader(options)
      const names = read<Meta>(reader, Buffer.from(body), size).map(({ name }) => name)
      expect(names).toEqual(['x\\"]}', ''])
      expect(reader.finish()).toEqual({ resourceVersion: '7', next: '' })
    }
  })

  it.each([
    {
      form: 'protobuf',
      make: () => new WireListReader(options),
      body: Buffer.concat([
        aroundItems('v1', 'NamespaceList', head, 2 ** 40)[0],
        // An object of 16 MiB.
        Buffer.from([0x12, 0x80, 0x80, 0x80, 0x08]),
      ]),
    },
    {
      form: 'JSON',
      make: () => new JsonListReader(options),
      body: Buffer.concat([Buffer.from('{"items":["'), Buffer.alloc((8 << 20) + 100, 'x')]),
    },
  ])('in $form with an object that is too large is an error before it is kept', (each) => {
    expect(() => read<Meta>(each.make(), each.body, 64 << 10)).toThrow('larger than 8 MiB')
  })

  it('in JSON with an object of too many members is an error', () => {
    const body = Buffer.from(`{"items":[${'['.repeat(2 << 20)}`)
    expect(() => read(new JsonListReader(options), body, 64 << 10)).toThrow('larger than')
  })

  it('in protobuf that does not end behind its items is an error', () => {
    const body = Buffer.concat([inWire(items), Buffer.alloc(2 << 20, 0)])
    const noise = Buffer.concat([
      inWire(items),
      ...Array.from({ length: 200 }, () => delimited(5, 'x'.repeat(9999))),
    ])
    expect(() => read(new WireListReader(options), noise, 64 << 10)).toThrow('does not end')
    expect(() => read(new WireListReader(options), body, 64 << 10)).toThrow('does not end')
  })
})

const event = (type: string, name: string): Buffer =>
  frame(type, envelope('v1', 'Namespace', encode('Namespace', named(name))))
const line = (type: string, object: object): Buffer =>
  Buffer.from(`${JSON.stringify({ type, object })}\n`)
const bookmark = {
  metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } },
}
const failure = {
  code: 410,
  reason: 'Expired',
  message: 'too old',
  details: { retryAfterSeconds: 3 },
}

const watches = [
  {
    form: 'protobuf',
    body: Buffer.concat([
      event('ADDED', 'a'),
      event('MODIFIED', 'b'),
      event('DELETED', 'c'),
      frame('BOOKMARK', envelope('v1', 'Namespace', encode('Namespace', bookmark))),
      frame('ERROR', envelope('v1', 'Status', encode('Status', failure))),
    ]),
    make: () => new WireWatchReader(options),
  },
  {
    form: 'JSON',
    body: Buffer.concat([
      line('ADDED', named('a')),
      line('MODIFIED', named('b')),
      line('DELETED', named('c')),
      line('BOOKMARK', bookmark),
      line('ERROR', failure),
    ]),
    make: () => new JsonWatchReader(options),
  },
]

function follow(reader: WatchReader<Meta>, body: Buffer, size: number): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < body.length; at += size) {
    reader.push(body.subarray(at, at + size))
    for (const one of reader.events()) {
      if (one.type === 'bookmark') {
        found.push(`bookmark ${one.resourceVersion} ${String(one.isInitialEnd)}`)
      } else if (one.type === 'error') found.push(JSON.stringify(one.status))
      else found.push(`${one.type} ${one.object.name}`)
    }
  }
  return found
}

describe('a watch', () => {
  it.each(watches)('in $form is the same in pieces of any size', ({ body, make }) => {
    for (let size = 1; size < 100; size += 1) {
      const reader = make()
      expect(follow(reader, body, size)).toEqual([
        'added a',
        'modified b',
        'deleted c',
        'bookmark 9 true',
        '{"code":410,"reason":"Expired","message":"too old","retryAfterSeconds":3}',
      ])
      reader.finish()
    }
  })

  it.each(watches)('in $form that ends in the middle of an event is an error', (each) => {
    const reader = each.make()
    follow(reader, each.body.subarray(0, 30), 10)
    expect(() => reader.finish()).toThrow('in the middle of an event')
  })

  it.each([
    { what: 'an event of an unknown type', body: event('RENAMED', 'a'), says: 'unknown type' },
    { what: 'an event without an object', body: Buffer.from([0, 0, 0, 0]), says: 'without' },
    {
      what: 'an event that is too long',
      body: Buffer.from([1, 0, 0, 0, 0]),
      says: 'larger than 8 MiB',
    },
  ])('in protobuf with $what is an error', ({ body, says }) => {
    expect(() => follow(new WireWatchReader(options), body, 1000)).toThrow(says)
  })

  it.each([
    { what: 'an event of an unknown type', body: '{"type":"RENAMED"}\n', says: 'unknown type' },
    { what: 'something else', body: '<html>\n', says: 'not JSON' },
    { what: 'a line without end', body: 'x'.repeat(9 << 20), says: 'larger than 8 MiB' },
  ])('in JSON with $what is an error', ({ body, says }) => {
    const reader = new JsonWatchReader(options)
    expect(() => follow(reader, Buffer.from(body), 64 << 10)).toThrow(says)
  })
})
