import { describe, expect, expectTypeOf, it } from 'vitest'
import { AnswerError } from '../../../src/mechanisms/kit/errors.js'
import { parseJson } from '../../../src/mechanisms/kit/json.js'
import * as json from '../../../src/mechanisms/kit/shape.js'

const read = <T>(shape: json.Shape<T>, text: string): T =>
  json.readShape(shape, parseJson(text), 'http://h/x')

const server = json.object({
  id: json.id,
  name: json.text,
  cores: json.int,
  memory: json.float,
  locked: json.bool,
  tags: json.list(json.text),
  labels: json.map(json.text),
  image: json.optional(json.object({ name: json.text })),
  net: json.object({ ip: json.text }),
  extra: json.any,
})
const nothing = {
  id: '0',
  name: '',
  cores: 0,
  memory: 0,
  locked: false,
  tags: [],
  labels: new Map(),
  image: undefined,
  net: { ip: '' },
  extra: undefined,
}

describe('a shape reads as encoding/json does:', () => {
  it.each([
    { name: 'missing values are zero', text: '{}', want: {} },
    { name: 'null is zero', text: 'null', want: {} },
    {
      name: 'null for any field is zero',
      text: '{"id":null,"name":null,"cores":null,"memory":null,"locked":null,"tags":null,"labels":null,"image":null,"net":null,"extra":null}',
      want: {},
    },
    {
      name: 'values are what they are',
      text: '{"id":42,"name":"a","cores":4,"memory":1.5,"locked":true,"tags":["x","y"],"labels":{"k":"v"},"image":{"name":"i"},"net":{"ip":"::1"},"extra":[1]}',
      want: {
        id: '42',
        name: 'a',
        cores: 4,
        memory: 1.5,
        locked: true,
        tags: ['x', 'y'],
        labels: new Map([['k', 'v']]),
        image: { name: 'i' },
        net: { ip: '::1' },
        extra: [1],
      },
    },
    { name: 'unknown keys are ignored', text: '{"x":1,"names":[],"net":{"y":2}}', want: {} },
    {
      name: 'keys match in any case',
      text: '{"NAME":"a","Net":{"iP":"b"}}',
      want: { name: 'a', net: { ip: 'b' } },
    },
    {
      name: 'so do keys with a letter that folds to k',
      text: '{"loc\u212Aed":true}',
      want: { locked: true },
    },
    { name: 'the later of two keys wins', text: '{"name":"a","NAME":"b"}', want: { name: 'b' } },
    { name: 'whatever its case', text: '{"NAME":"b","name":"a"}', want: { name: 'a' } },
    {
      name: 'a null does not undo the key before',
      text: '{"name":"a","Name":null}',
      want: { name: 'a' },
    },
    {
      name: 'a null in a list or a map is zero',
      text: '{"tags":[null,"a"],"labels":{"k":null}}',
      want: { tags: ['', 'a'], labels: new Map([['k', '']]) },
    },
    {
      name: 'an id keeps all its digits',
      text: '{"id":9223372036854775807}',
      want: { id: '9223372036854775807' },
    },
    { name: 'an id may be negative', text: '{"id":-1}', want: { id: '-1' } },
    {
      name: 'a whole number is a number',
      text: '{"memory":2,"cores":-0}',
      want: { memory: 2, cores: -0 },
    },
    {
      name: 'a large whole number is one, too',
      text: '{"memory":18446744073709551616}',
      want: { memory: 2 ** 64 },
    },
  ])('$name', ({ text, want }) => {
    expect(read(server, text)).toEqual({ ...nothing, ...want })
  })

  it.each([
    { text: '[]', says: 'http://h/x: expected an object, got a list' },
    { text: '"x"', says: 'http://h/x: expected an object, got a string' },
    { text: '{"id":"42"}', says: 'http://h/x: id: expected a whole number, got a string' },
    { text: '{"id":1.5}', says: 'http://h/x: id: expected a whole number, got a fraction' },
    { text: '{"id":1e300}', says: 'http://h/x: id: expected a whole number, got a number' },
    { text: '{"cores":1.5}', says: 'cores: expected a whole number up to 2^53, got a fraction' },
    {
      text: '{"cores":9007199254740993}',
      says: 'cores: expected a whole number up to 2^53, got a number',
    },
    { text: '{"memory":"1"}', says: 'memory: expected a number, got a string' },
    { text: '{"memory":1e999}', says: 'memory: expected a number, got a ' },
    { text: '{"name":7}', says: 'name: expected a string, got a number' },
    { text: '{"locked":"true"}', says: 'locked: expected a boolean, got a string' },
    { text: '{"tags":{}}', says: 'tags: expected a list, got an object' },
    { text: '{"tags":["a",{}]}', says: 'tags[1]: expected a string, got an object' },
    { text: '{"labels":["a"]}', says: 'labels: expected an object, got a list' },
    { text: '{"labels":{"a b":true}}', says: 'labels["a b"]: expected a string, got a boolean' },
    { text: '{"NET":{"ip":[]}}', says: 'NET.ip: expected a string, got a list' },
    { text: '{"image":"x"}', says: 'image: expected an object, got a string' },
  ])('$text is an error that names the place, and no value', ({ text, says }) => {
    const reading = (): unknown => read(server, text)
    expect(reading).toThrow(AnswerError)
    expect(reading).toThrow(says)
    expect(reading).toThrow(expect.objectContaining({ code: 'ERR_MECHANISM_ANSWER' }))
  })

  it('a part of an answer is named by where it is', () => {
    expect(() => json.readShape(server, { id: '' }, 'http://h/x', '[7]')).toThrow(
      'http://h/x: [7].id: expected a whole number, got a string',
    )
  })
})

describe('names of the network are only names:', () => {
  it('a map has a key called __proto__ like any other', () => {
    const labels = read(json.map(json.text), '{"__proto__":"a","constructor":"b"}')
    expect([...labels]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })

  it('an object ignores one', () => {
    const value = read(server, '{"__proto__":{"name":"x"},"constructor":1,"toString":2}')
    expect(value).toEqual(nothing)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('an object takes the field whose name is written exactly so before one in another case', () => {
    const shape = json.object({ ID: json.text, id: json.text })
    expect(read(shape, '{"id":"a","ID":"b","Id":"c"}')).toEqual({ ID: 'c', id: 'a' })
  })

  it('keys without end are read all the same', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `"k${String(i)}":1`).join(',')
    expect(read(server, `{${keys},"NaMe":"a"}`).name).toBe('a')
  })
})

it('the type of what is read is that of the shape', () => {
  expectTypeOf<json.Read<typeof server>>().toEqualTypeOf<{
    readonly id: string
    readonly name: string
    readonly cores: number
    readonly memory: number
    readonly locked: boolean
    readonly tags: readonly string[]
    readonly labels: ReadonlyMap<string, string>
    readonly image: { readonly name: string } | undefined
    readonly net: { readonly ip: string }
    readonly extra: unknown
  }>()
})
