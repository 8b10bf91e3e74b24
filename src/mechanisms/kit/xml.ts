import { Buffer } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import { SaxesParser } from 'saxes'
import { type HttpResponse, redactUrl } from '../../http/index.js'
import { AnswerError } from './errors.js'
import type { ReadingLimits } from './json-list.js'
import { tooHeavy } from './memory.js'

/** An element of an XML answer. */
export interface XmlElement {
  /** Without the prefix of a namespace. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** The text that stands in it, but not in its children; CDATA included. */
  readonly text: string
}

/** An element of an answer that was there as a whole. */
export interface WholeXmlElement extends XmlElement {
  readonly children: readonly WholeXmlElement[]
  /** All that stands between its tags, as it was sent: `a &amp; b`, `<b>c</b>`. */
  readonly inner: string
}

const mostDepth = 100
/** How much is parsed before the event loop gets its turn; characters. */
const chunkLength = 64 << 10

/**
 * Reads the body of an answer as UTF-8, a large one in several turns of the event loop. A document type is
 * refused, so that the five entities of XML itself are all there are, and nothing outside is looked up.
 * @throws {AnswerError} for what is not XML, for elements more than a hundred deep, and for more than there is
 * memory for; the signal's reason when it aborts
 */
export async function readXml(
  { body, url }: Pick<HttpResponse, 'body' | 'url'>,
  limits: ReadingLimits,
): Promise<WholeXmlElement> {
  const text = body.toString('utf8')
  const tree = new XmlTree(limits.maxWeight, redactUrl(url), { text })
  for (let at = 0; at < text.length; at += chunkLength) {
    tree.write(text.slice(at, at + chunkLength))
    await giveWay(limits)
  }
  return tree.end()
}

/** What of an answer is read while it comes. */
export interface ComingElements {
  /** The name of the root. */
  readonly root: string
  /** The names from below the root to the elements: `['reservationSet', 'item']`. */
  readonly path: readonly string[]
}

/** How much is parsed before the elements found in it are handed over; characters. */
const comingLength = 8 << 10

/**
 * Elements of an answer, read as {@link readXml} does, but while it comes: of a long list neither the text nor
 * the elements are ever held as a whole. To be read once; reading throws what {@link readXml} and reading the body
 * throw, and an {@link AnswerError} for a root of another name, in the middle as well as at the beginning.
 */
export class ComingXml implements AsyncIterable<XmlElement> {
  readonly #body: AsyncIterable<Buffer>
  readonly #limits: ReadingLimits
  readonly #tree: XmlTree
  #root: XmlElement | undefined

  constructor(
    { body, url }: { readonly body: AsyncIterable<Buffer>; readonly url: string },
    limits: ReadingLimits,
    coming: ComingElements,
  ) {
    this.#body = body
    this.#limits = limits
    this.#tree = new XmlTree(limits.maxWeight, redactUrl(url), { coming })
  }

  /** The root without the elements that were handed over. Undefined before all was read. */
  get root(): XmlElement | undefined {
    return this.#root
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<XmlElement, void, void> {
    const decoder = new StringDecoder('utf8')
    for await (const piece of this.#body) yield* this.#read(decoder.write(piece))
    yield* this.#read(decoder.end())
    this.#root = this.#tree.end()
  }

  async *#read(text: string): AsyncGenerator<XmlElement, void, void> {
    for (let at = 0; at < text.length; at += comingLength) {
      this.#tree.write(text.slice(at, at + comingLength))
      yield* this.#tree.taken()
      await giveWay(this.#limits)
    }
  }
}

async function giveWay({ turns, signal }: ReadingLimits): Promise<void> {
  if (!turns.isOver) return
  await turns.next()
  signal.throwIfAborted()
}

/** An element that the parser has found, or is in. */
class Found implements WholeXmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Found[] = []
  /** Where its content begins and ends. */
  readonly #start: number
  #end: number
  readonly #all: string
  #text = ''

  /** @param all the text of the answer; empty where it is not kept */
  constructor(
    name: string,
    attributes: Readonly<Record<string, string>>,
    start: number,
    all: string,
  ) {
    this.name = name
    this.attributes = attributes
    this.#start = start
    this.#end = start
    this.#all = all
  }

  /** Copied only for those who ask: most texts of a long answer are of no interest. */
  get text(): string {
    return detached(this.#text)
  }

  get inner(): string {
    return detached(this.#all.slice(this.#start, this.#end))
  }

  add(text: string): void {
    this.#text += text
  }

  /** @param end where its content ends */
  close(end: number): void {
    this.#end = end
  }
}

/** The parser makes a hash table for each element, which takes more memory than all the rest of most elements. */
const none: Readonly<Record<string, string>> = Object.freeze({})

function hasAny(attributes: Readonly<Record<string, string>>): boolean {
  for (const _ in attributes) return true
  return false
}

/**
 * A copy. V8 makes no copy of a part of a text: it refers to the whole, and one label would keep an answer of
 * megabytes.
 */
function detached(text: string): string {
  // Shorter ones are copies already.
  return text.length < 13 ? text : Buffer.from(text).toString()
}

/** What is kept of an answer, or what is handed over. */
interface TreeOptions {
  /** The whole text, for {@link WholeXmlElement.inner}. */
  readonly text?: string
  readonly coming?: ComingElements
}

/** Makes a tree of what the parser finds. */
class XmlTree {
  readonly #text: string
  readonly #maxWeight: number
  readonly #at: string
  readonly #parser = new SaxesParser()
  readonly #open: Found[] = []
  readonly #coming: ComingElements | undefined
  /** Found, and not handed over yet. */
  #came: Found[] = []
  #root: Found | undefined
  #weight = 0

  constructor(maxWeight: number, at: string, { text = '', coming }: TreeOptions) {
    this.#text = text
    this.#coming = coming
    this.#maxWeight = maxWeight
    this.#at = at
    const parser = this.#parser
    parser.on('error', () => this.#refuse())
    parser.on('doctype', () => this.#refuse('a document type is not taken'))
    parser.on('opentag', ({ name, attributes }) => this.#begin(name, attributes))
    parser.on('attribute', () => this.#weigh())
    parser.on('text', (found) => this.#open.at(-1)?.add(found))
    parser.on('cdata', (found) => this.#open.at(-1)?.add(found))
    parser.on('closetag', ({ isSelfClosing }) => this.#close(isSelfClosing))
  }

  write(chunk: string): void {
    this.#parser.write(chunk)
  }

  /** Hands over the elements that have come since the last time. */
  taken(): readonly XmlElement[] {
    const came = this.#came
    if (came.length > 0) this.#came = []
    return came
  }

  end(): Found {
    this.#parser.close()
    return this.#root ?? this.#refuse()
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#open.length >= mostDepth) this.#refuse('its elements are too deep')
    this.#weigh()
    const { position: start } = this.#parser
    const one = new Found(
      localName(name),
      hasAny(attributes) ? attributes : none,
      start,
      this.#text,
    )
    if (this.#root === undefined) this.#beginRoot(one)
    this.#open.push(one)
  }

  #beginRoot(root: Found): void {
    const { root: expected = root.name } = this.#coming ?? {}
    if (root.name !== expected) {
      throw new AnswerError(`${this.#at}: expected an element ${expected}`)
    }
    this.#root = root
  }

  #close(isEmpty: boolean): void {
    const isComing = this.#isComing
    const one = this.#open.pop()
    if (one === undefined) return
    if (!isEmpty && this.#text !== '') {
      one.close(this.#text.lastIndexOf('</', this.#parser.position - 1))
    }
    if (isComing) this.#came.push(one)
    else this.#open.at(-1)?.children.push(one)
  }

  /** Whether the innermost element is one that is handed over. */
  get #isComing(): boolean {
    const path = this.#coming?.path
    if (path === undefined || this.#open.length !== path.length + 1) return false
    return path.every((name, i) => this.#open[i + 1]?.name === name)
  }

  #weigh(): void {
    this.#weight += 1
    if (this.#weight > this.#maxWeight) {
      throw new AnswerError(`${this.#at}: ${tooHeavy(this.#maxWeight)}`)
    }
  }

  /** The parser's own message may quote the answer, which may hold a secret. */
  #refuse(why = ''): never {
    const { line, column } = this.#parser
    const place = `line ${String(line)}, column ${String(column)}`
    throw new AnswerError(
      `${this.#at}: the answer is not XML (${place}${why === '' ? '' : `: ${why}`})`,
    )
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** What has children: an element, whole or not. */
interface Parent<E extends XmlElement> {
  readonly children: readonly E[]
}

/** The children of one name. */
export function childrenOf<E extends XmlElement>(element: Parent<E>, name: string): readonly E[] {
  return element.children.filter((child) => child.name === name)
}

/** The child of one name; of several the last one, as in Go. */
export function childOf<E extends XmlElement>(element: Parent<E>, name: string): E | undefined {
  return element.children.findLast((child) => child.name === name)
}

/** The text of a child; empty where there is none. */
export function textOf(element: XmlElement, name: string): string {
  return childOf(element, name)?.text ?? ''
}
