import { Buffer } from 'node:buffer'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { AnswerError } from '../../../src/mechanisms/kit/errors.js'
import {
  childOf,
  childrenOf,
  type ComingElements,
  readXml,
  textOf,
  type XmlElement,
} from '../../../src/mechanisms/kit/xml.js'
import { Turns } from '../../../src/waiting/turns.js'

function read(text: string, maxWeight = 1000, coming?: ComingElements): Promise<XmlElement> {
  const limits = { turns: new Turns(), signal: new AbortController().signal, maxWeight }
  return readXml({ body: Buffer.from(text), url: 'http://u:geheim@a/b' }, limits, coming)
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

  it('hands elements over one by one, and does not keep them', async () => {
    const found: string[] = []
    const root = await read(
      '<a><list><item>1</item><other><item>x</item></other><item><list><item>y</item></list></item><item/></list>' +
        '<item>z</item><token>t</token></a>',
      1000,
      { path: ['list', 'item'], each: ({ inner }) => found.push(inner) },
    )
    expect(found).toEqual(['1', '<list><item>y</item></list>', ''])
    expect(root.children.map(({ name }) => name)).toEqual(['list', 'item', 'token'])
    expect(childOf(root, 'list')?.children.map(({ name }) => name)).toEqual(['other'])
  })

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
  })
})
