import { Buffer } from 'node:buffer'
import { PassThrough, Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { AnswerError } from '../../../src/mechanisms/kit/errors.js'
import type { ReadingLimits } from '../../../src/mechanisms/kit/json-list.js'
import {
  childOf,
  childrenOf,
  ComingXml,
  readXml,
  textOf,
  type WholeXmlElement,
  type XmlElement,
} from '../../../src/mechanisms/kit/xml.js'
import { Turns } from '../../../src/waiting/turns.js'

const url = 'http://u:geheim@a/b'

function limitsOf(maxWeight: number): ReadingLimits {
  return { turns: new Turns(), signal: new AbortController().signal, maxWeight }
}

function read(text: string, maxWeight = 1000): Promise<WholeXmlElement> {
  return readXml({ body: Buffer.from(text), url }, limitsOf(maxWeight))
}

/** An answer that comes in these pieces, with a list of items. */
function comingIn(pieces: Iterable<Buffer>, maxWeight = 1000): ComingXml {
  const body = Readable.from(pieces)
  return new ComingXml({ body, url }, limitsOf(maxWeight), { root: 'a', path: ['list', 'item'] })
}

function coming(text: string, maxWeight = 1000): ComingXml {
  return comingIn([Buffer.from(text)], maxWeight)
}

async function itemsOf(answer: ComingXml): Promise<readonly XmlElement[]> {
  const items: XmlElement[] = []
  for await (const item of answer) items.push(item)
  return items
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('XML of an answer', () => {
  it.each(['text', 'inner'] as const)(
    'does not stay in memory as a whole because the %s of one element does',
    async (part) => {
      const mebibyte = 1 << 20
      const kept: string[] = []
      const keepOne = async (): Promise<void> => {
        const root = await read(`<a><b>i-0123456789abcdef0</b><c>${' '.repeat(mebibyte)}</c></a>`)
        kept.push(childOf(root, 'b')?.[part] ?? '')
      }
      await keepOne()
      collectGarbage()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 30; i += 1) await keepOne()
      collectGarbage()
      expect(new Set(kept)).toEqual(new Set(['i-0123456789abcdef0']))
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * mebibyte)
    },
  )

  it('is a tree of elements with their text', async () => {
    const root = await read(
      '<?xml version="1.0"?>\n<a><!-- c --><b x="1">t</b><b x="&lt;2">u</b></a>\n',
    )
    expect(root).toMatchObject({ name: 'a', text: '', attributes: {} })
    expect(childrenOf(root, 'b').map(({ attributes }) => attributes['x'])).toEqual(['1', '<2'])
    expect(childOf(root, 'b')?.text).toBe('u')
    expect([textOf(root, 'b'), textOf(root, 'c')]).toEqual(['u', ''])
  })

  it.each([
    ['text', 'one', 'one', 'one'],
    ['nothing', '', '', ''],
    ['one of the five entities', 'a &amp; b', 'a & b', 'a &amp; b'],
    ['a number of a character', '&#228;&#xE4;', 'ää', '&#228;&#xE4;'],
    ['text without markup', '<![CDATA[a<b]]>!', 'a<b!', '<![CDATA[a<b]]>!'],
    ['elements', 'x<c d="1">y</c>z', 'xz', 'x<c d="1">y</c>z'],
    ['a comment', 'x<!-- </e> -->z', 'xz', 'x<!-- </e> -->z'],
    ['blanks', ' \t\n', ' \t\n', ' \t\n'],
    ['a character of two halves', '😀', '😀', '😀'],
  ])('has the text and what was sent of an element with %s', async (_, sent, text, inner) => {
    const root = await read(`<a><e>${sent}</e ><e/></a>`)
    expect(root.children).toMatchObject([
      { name: 'e', text, inner },
      { name: 'e', text: '', inner: '' },
    ])
  })

  it('knows an element without the prefix of its namespace', async () => {
    expect(await read('<n:a xmlns:n="u"><n:b>1</n:b></n:a>')).toMatchObject({
      name: 'a',
      children: [{ name: 'b', text: '1' }],
    })
  })

  it('is the same wherever it is cut to pieces', async () => {
    const long = '😀&amp;\r\n'.repeat(30_000)
    const root = await read(`<a><b>x${long}</b><c>y${long}</c></a>`)
    expect(root.children.map(({ inner }) => inner)).toEqual([`x${long}`, `y${long}`])
    expect(textOf(root, 'b')).toBe(`x${'😀&\n'.repeat(30_000)}`)
  })

  it.each([
    ['nothing', '', 'line 1, column 0'],
    ['text', 'geheim', 'line 1, column 6'],
    ['an element that does not end', '<a>\n<geheim>', 'line 2, column 8'],
    ['an end of another element', '<a></geheim>', 'line 1, column 12'],
    ['an entity of its own', '<a>&geheim;</a>', 'line 1, column 11'],
    [
      'a document type',
      '<!DOCTYPE a [<!ENTITY b "geheim">]><a>&b;</a>',
      'line 1, column 35: a document type is not taken',
    ],
    ['elements without end', '<a>'.repeat(10_000), 'line 1, column 303: its elements are too deep'],
  ])('is not %s, and says nothing of what was sent', async (_, text, place) => {
    const reading = read(text, 10_000)
    await expect(reading).rejects.toThrow(AnswerError)
    await expect(reading).rejects.toThrow(`http://u:xxxxx@a/b: the answer is not XML (${place})`)
  })

  it.each([
    ['elements', '<a><b/><b/><b/></a>'],
    ['attributes', '<a b="" c="" d=""/>'],
  ])('is not more %s than there is memory for', async (_, text) => {
    await expect(read(text, 4)).resolves.toBeDefined()
    await expect(read(text, 3)).rejects.toThrow(/ would take more than 0 MiB of memory/)
    await expect(itemsOf(coming(text, 4))).resolves.toEqual([])
    await expect(itemsOf(coming(text, 3))).rejects.toThrow(/ would take more than 0 MiB of memory/)
  })
})

describe('XML that is read while it comes', () => {
  const text =
    '<?xml version="1.0"?><n:a xmlns:n="u"><list><item>1</item><other><item>x</item></other>' +
    '<item><b c="d">😀 &amp; 🎈 of more than a few letters</b><list><item>y</item></list></item><item/></list>' +
    '<item>z</item><token>t</token></n:a>'

  it('hands elements over one by one, and has all else in the root', async () => {
    const answer = coming(text)
    const items = await itemsOf(answer)
    expect(items.map((item) => item.text)).toEqual(['1', '', ''])
    expect(items[1]).toMatchObject({
      name: 'item',
      children: [
        { name: 'b', attributes: { c: 'd' }, text: '😀 & 🎈 of more than a few letters' },
        { name: 'list', children: [{ name: 'item', text: 'y' }] },
      ],
    })
    const root = answer.root as XmlElement
    expect(root.children.map(({ name }) => name)).toEqual(['list', 'item', 'token'])
    expect(childOf(root, 'list')?.children.map(({ name }) => name)).toEqual(['other'])
    expect(textOf(root, 'token')).toBe('t')
  })

  it('is the same wherever it is cut to pieces', async () => {
    const whole = await itemsOf(coming(text))
    const bytes = Buffer.from(text)
    for (let at = 1; at < bytes.length; at += 1) {
      const answer = comingIn([bytes.subarray(0, at), bytes.subarray(at)])
      expect(await itemsOf(answer)).toMatchObject(whole)
    }
    const bytewise = comingIn(Array.from(bytes, (byte) => Buffer.of(byte)))
    expect(await itemsOf(bytewise)).toMatchObject(whole)
  })

  it('hands over what is complete before the rest is there', async () => {
    const body = new PassThrough()
    const limits = limitsOf(1000)
    const elements = { root: 'a', path: ['item'] }
    const answer = new ComingXml({ body, url }, limits, elements)[Symbol.asyncIterator]()
    body.write('<a><item>1</item><item>2')
    expect(await answer.next()).toMatchObject({ value: { text: '1' } })
    body.end('</item></a>')
    expect(await answer.next()).toMatchObject({ value: { text: '2' } })
    expect(await answer.next()).toEqual({ done: true, value: undefined })
  })

  it('has no root before all of it was read', async () => {
    const answer = coming(text)
    for await (const _ of answer) break
    expect(answer.root).toBeUndefined()
  })

  it('does not stay in memory as pieces because the text of one element does', async () => {
    const mebibyte = 1 << 20
    const kept: string[] = []
    const keepOne = async (): Promise<void> => {
      const gap = ' '.repeat(mebibyte)
      const text = `<a><list><item>i-0123456789abcdef0</item></list><c>${gap}</c></a>`
      for (const item of await itemsOf(coming(text))) kept.push(item.text)
    }
    await keepOne()
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 30; i += 1) await keepOne()
    collectGarbage()
    expect(new Set(kept)).toEqual(new Set(['i-0123456789abcdef0']))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * mebibyte)
  })

  it.each([
    ['nothing', '', 'the answer is not XML (line 1, column 0)'],
    ['the page of another server', '<html><body>geheim</html>', 'expected an element a'],
    ['cut short', '<a><list><item>geheim', 'the answer is not XML (line 1, column 21)'],
    [
      'a document type',
      '<!DOCTYPE a><a/>',
      'the answer is not XML (line 1, column 12: a document type is not taken)',
    ],
  ])('is not %s, and says nothing of what was sent', async (_, sent, why) => {
    const reading = itemsOf(coming(sent))
    await expect(reading).rejects.toThrow(AnswerError)
    await expect(reading).rejects.toThrow(`http://u:xxxxx@a/b: ${why}`)
  })

  it('ends with what the body ends with', async () => {
    const lost = new Error('the connection was lost')
    const pieces = function* (): Generator<Buffer> {
      yield Buffer.from('<a><list><item>1</item>')
      throw lost
    }
    await expect(itemsOf(comingIn(pieces()))).rejects.toBe(lost)
  })
})
