import { describe, expect, it } from 'vitest'
import { encode } from '../../../../bench/kubernetes-wire.js'
import { type Resource, resources } from '../../../../src/mechanisms/kubernetes/decode/picker.js'
import { Strings } from '../../../../src/mechanisms/kubernetes/decode/strings.js'
import { Wire } from '../../../../src/mechanisms/kubernetes/decode/wire.js'
import type { Kind } from '../../../../src/mechanisms/kubernetes/objects.js'
import { samples } from '../samples.js'
import { generated, messageOf } from './generated.js'

function fromWire(resource: Resource<unknown>, bytes: Buffer, strings: Strings): unknown {
  const wire = new Wire(strings, bytes).over(bytes, 0, bytes.length)
  const object = resource.picker.fromWire(wire, bytes.length)
  wire.leave(bytes.length)
  return object
}

/** The fullest object of its kind. */
function sampleOf({ base, plural }: Resource<unknown>): unknown {
  const found = samples[`${base.replace('beta1', '')}/${plural}`] ?? []
  return found[plural === 'pods' ? 1 : 0]
}

const all = Object.entries(resources).flatMap(([kind, versions]) =>
  versions.map((resource: Resource<unknown>) => ({ kind: kind as Kind, resource })),
)

describe('what is kept of an object', () => {
  it.each(all)('of $resource.base/$resource.plural is the same of both encodings', (each) => {
    const { kind, resource } = each
    const { base, plural } = resource
    const message = messageOf(kind)
    const strings = new Strings()
    for (const sample of samples[`${base}/${plural}`] ?? []) {
      const fromJson = resource.picker.fromJson(sample, strings)
      expect(fromWire(resource, encode(message, sample), strings)).toEqual(fromJson)
      expect(fromJson).toMatchSnapshot()
    }
  })

  it.each(all)(
    'of $resource.base/$resource.plural is the same of both encodings, for 200 random objects',
    ({ kind, resource }) => {
      const isBeta = resource.base.endsWith('v1beta1')
      const strings = new Strings()
      for (let seed = 1; seed <= 200; seed += 1) {
        const object = generated(messageOf(kind), seed, isBeta)
        const json: unknown = JSON.parse(JSON.stringify(object))
        const wire = fromWire(resource, encode(messageOf(kind), object), strings)
        expect(wire, `seed ${String(seed)}`).toEqual(resource.picker.fromJson(json, strings))
      }
    },
  )

  it.each(all)('of $resource.base/$resource.plural is not read from a part of it', (each) => {
    const { kind, resource } = each
    const bytes = encode(messageOf(kind), sampleOf(resource))
    const strings = new Strings()
    const whole = fromWire(resource, bytes, strings)
    const taken = Array.from({ length: bytes.length }, (_, length) =>
      outcome(() => fromWire(resource, bytes.subarray(0, length), strings)),
    )
    // Between two of its fields a message may end.
    const read = taken.filter((one) => one !== 'ERR_MECHANISM_ANSWER')
    expect(read.length).toBeLessThanOrEqual(8)
    expect(read).not.toContainEqual(whole)
  })

  it.each(all)('of $resource.base/$resource.plural is an error or an object for noise', (each) => {
    const { kind, resource } = each
    const bytes = encode(messageOf(kind), sampleOf(resource))
    const strings = new Strings()
    const odd = new Set<unknown>()
    for (let at = 0; at < bytes.length; at += 1) {
      for (const noise of [0xff, 0x80, 0x00, 0x0b]) {
        const broken = Buffer.from(bytes)
        broken[at] = noise
        const found = outcome(() => fromWire(resource, broken, strings))
        if (typeof found !== 'object' && found !== 'ERR_MECHANISM_ANSWER') odd.add(found)
      }
    }
    expect(odd).toEqual(new Set())
  })
})

/** What it gives, or the code of what it throws. */
function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error)
  }
}

describe('strings', () => {
  it('are the same string each time, of bytes as of text', () => {
    const strings = new Strings()
    const bytes = Buffer.from('app.kubernetes.io/name')
    const first = strings.ofBytes(bytes, 0, bytes.length)
    expect(first).toBe('app.kubernetes.io/name')
    expect(strings.of('app.kubernetes.io/name')).toBe(first)
  })

  it('are what the bytes say, whatever else there was', () => {
    const strings = new Strings()
    for (let i = 0; i < 100_000; i += 1) {
      const text = `${'ü'.repeat(i % 3)}${String((i * 7919) % 50_000)}`
      const bytes = Buffer.from(text)
      if (strings.ofBytes(bytes, 0, bytes.length) !== text) throw new Error(text)
      if (strings.of(text) !== text) throw new Error(text)
    }
  })
})
