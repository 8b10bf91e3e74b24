import { describe, expect, it } from 'vitest'
import { AnswerError } from '../../../src/mechanisms/kit/errors.js'
import { smallBytes } from '../../../src/mechanisms/kit/json-list.js'
import { readJsonPieces } from '../../../src/mechanisms/kit/json-pieces.js'
import { Turns } from '../../../src/waiting/turns.js'

/** A text in pieces of so many bytes, which counts how often they are looked at. */
async function* inPieces(text: string, bytes: number): AsyncGenerator<Buffer> {
  await Promise.resolve()
  const whole = Buffer.from(text)
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
}

const reader = {
  whole: (text: string): readonly unknown[] => ['whole', text.length],
  element: (item: unknown, index: number, text: string): unknown => [index, item, text],
}

function read(
  text: string,
  bytes: number,
  maxWeight = Infinity,
  signal = new AbortController().signal,
): Promise<readonly unknown[]> {
  const limits = { at: 'http://h/x', turns: new Turns(), signal, maxWeight }
  return readJsonPieces(inPieces(text, bytes), reader, limits)
}

/** Longer than what is read as a whole. */
const long = 'x'.repeat(smallBytes + 1)

describe('a JSON list that is read as it comes', () => {
  it.each([1000, 65_536, 1_000_000])(
    'gives each element with its place and its text, whatever it is, in pieces of %i bytes',
    async (bytes) => {
      const texts = [
        '{"a":[1,{"b":"}]"}]}',
        String.raw`"a\"]\\"`,
        '"é😀"',
        '-1.5e3',
        'true',
        'null',
        '[]',
        `"${long}"`,
        '12345678901234567890',
        '{}',
      ]
      const text = ` [ ${texts.join(' ,\n')} ] \n`
      const elements = texts.map((one, i) => [
        i,
        one.startsWith('123') ? 12_345_678_901_234_567_890n : (JSON.parse(one) as unknown),
        one,
      ])
      expect(await read(text, bytes)).toEqual(elements)
    },
  )

  it('may be cut at every byte', async () => {
    const head = `["${long}",`
    const text = String.raw`{"a":"\"é"},12,"b" ,[null]] `
    for (let cut = 0; cut <= Buffer.byteLength(text); cut += 1) {
      async function* body(): AsyncGenerator<Buffer> {
        await Promise.resolve()
        yield Buffer.from(head)
        yield Buffer.from(text).subarray(0, cut)
        yield Buffer.from(text).subarray(cut)
      }
      const { signal } = new AbortController()
      const limits = { at: '', turns: new Turns(), signal, maxWeight: Infinity }
      const items = await readJsonPieces(body(), { ...reader, element: (item) => item }, limits)
      expect(items.slice(1)).toEqual([{ a: '"é' }, 12, 'b', [null]])
    }
  })

  it('is read as a whole when it is short', async () => {
    expect(await read('[1, 2]', 1)).toEqual(['whole', 6])
    expect(await read('nonsense', 3)).toEqual(['whole', 8])
  })

  it.each([
    ['is cut', `["${long}",1`],
    ['is cut within an element', `["${long}",{"a":1`],
    ['is cut behind a comma', `["${long}",`],
    ['never ends', `["${long}"`],
    ['has a comma too many', `["${long}",]`],
    ['lacks a comma', `["${long}" 1]`],
    ['has more behind it', `["${long}"] 1`],
    ['is an object', `{"a":"${long}"}`],
    ['is text', `"${long}"`],
    ['has an element that is not JSON', `["${long}",nonsense]`],
    ['is blank', ' '.repeat(long.length)],
  ])('is refused where it %s, without showing it', async (_, text) => {
    const reading = read(text, 4096)
    await expect(reading).rejects.toThrow(AnswerError)
    await expect(reading).rejects.toThrow(/^http:\/\/h\/x: the answer is not a JSON list$/)
  })

  it('is given up where it makes more than it may, before that is parsed', async () => {
    const heavy = `["${long}",[${'{},'.repeat(1000)}`
    await expect(read(`${heavy}{}]]`, 65_536, 1000)).rejects.toThrow('more than 0 MiB of memory')
    await expect(read(`["${long}",nonsense]`, 65_536, 1)).rejects.toThrow('MiB of memory')
  })

  it('reads one element of many megabytes in small pieces in linear time', async () => {
    let looks = 0
    const text = `["${'y'.repeat(8 << 20)}"]`
    const whole = Buffer.from(text)
    async function* body(): AsyncGenerator<Buffer> {
      await Promise.resolve()
      for (let at = 0; at < whole.length; at += 4096) {
        const piece = whole.subarray(at, at + 4096)
        // Each time that it is put together with what came before, its length is asked for.
        const { length } = piece
        Object.defineProperty(piece, 'length', {
          get() {
            looks += 1
            return length
          },
        })
        yield piece
      }
    }
    const { signal } = new AbortController()
    const limits = { at: '', turns: new Turns(), signal, maxWeight: Infinity }
    expect(await readJsonPieces(body(), reader, limits)).toHaveLength(1)
    expect(looks).toBeLessThan(12 * Math.ceil(whole.length / 4096))
  })

  it('ends with the poll', async () => {
    const controller = new AbortController()
    let time = 0
    const turns = new Turns({ clock: { now: () => (time += 10), later: setImmediate } })
    const text = `["${long}",${'1,'.repeat(1000)}1]`
    controller.abort(new Error('reload'))
    const limits = { at: '', turns, signal: controller.signal, maxWeight: Infinity }
    await expect(readJsonPieces(inPieces(text, 65_536), reader, limits)).rejects.toThrow('reload')
  })
})
