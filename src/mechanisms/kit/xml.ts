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
  /** All that stands between its tags, as it was sent: `a &amp; b`, `<b>c</b>`. */
  readonly inner: string
}

const mostDepth = 100
/** How much is parsed before the event loop gets its turn; characters. */
const chunkLength = 64 << 10

/** Elements that are handed over as they come, and kept nowhere: what a long list is read with. */
export interface ComingElements {
  /** The names from below the root to them: `['reservationSet', 'item']`. */
  readonly path: readonly string[]
  each(element: XmlElement): void
}

/**
 * Reads the body of an answer as UTF-8, a large one in several turns of the event loop. A document type is
 * refused, so that the five entities of XML itself are all there are, and nothing outside is looked up.
 * @param coming elements that the caller takes one by one
 * @returns the root, without those
 * @throws {AnswerError} for what is not XML, for elements more than a hundred deep, and for more than there is
 * memory for; the signal's reason when it aborts
 */
export async function readXml(
  { body, url }: Pick<HttpResponse, 'body' | 'url'>,
  { turns, signal, maxWeight }: ReadingLimits,
  coming?: ComingElements,
): Promise<XmlElement> {
  const text = body.toString('utf8')
  const tree = new XmlTree(text, maxWeight, redactUrl(url), coming)
  for (let at = 0; at < text.length; at += chunkLength) {
    tree.write(text.slice(at, at + chunkLength))
    if (turns.isOver) {
      await turns.next()
      signal.throwIfAborted()
    }
  }
  return tree.end()
}

/** An element that the parser has found, or is in. */
class Found implements XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[] = []
  text = ''
  /** Where its content begins and ends. */
  readonly #start: number
  #end: number
  readonly #all: string

  /** @param all the text of the answer */
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

  get inner(): string {
    return detached(this.#all.slice(this.#start, this.#end))
  }

  /** @param end where its content ends */
  close(end: number): void {
    this.#end = end
    this.text = detached(this.text)
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

/** Makes a tree of what the parser finds. */
class XmlTree {
  readonly #text: string
  readonly #maxWeight: number
  readonly #at: string
  readonly #parser = new SaxesParser()
  readonly #open: Found[] = []
  readonly #coming: ComingElements | undefined
  #root: XmlElement | undefined
  #weight = 0

  constructor(text: string, maxWeight: number, at: string, coming: ComingElements | undefined) {
    this.#text = text
    this.#coming = coming
    this.#maxWeight = maxWeight
    this.#at = at
    const parser = this.#parser
    parser.on('error', () => this.#refuse())
    parser.on('doctype', () => this.#refuse('a document type is not taken'))
    parser.on('opentag', ({ name, attributes }) => this.#begin(name, attributes))
    parser.on('attribute', () => this.#weigh())
    parser.on('text', (found) => this.#add(found))
    parser.on('cdata', (found) => this.#add(found))
    parser.on('closetag', ({ isSelfClosing }) => this.#close(isSelfClosing))
  }

  write(chunk: string): void {
    this.#parser.write(chunk)
  }

  end(): XmlElement {
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
    this.#root ??= one
    this.#open.push(one)
  }

  #add(found: string): void {
    const one = this.#open.at(-1)
    if (one !== undefined) one.text += found
  }

  #close(isEmpty: boolean): void {
    const isComing = this.#isComing
    const one = this.#open.pop()
    if (one === undefined) return
    if (!isEmpty) one.close(this.#text.lastIndexOf('</', this.#parser.position - 1))
    if (isComing) this.#coming?.each(one)
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

/** The children of one name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

/** The child of one name; of several the last one, as in Go. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.findLast((child) => child.name === name)
}

/** The text of a child; empty where there is none. */
export function textOf(element: XmlElement, name: string): string {
  return childOf(element, name)?.text ?? ''
}
