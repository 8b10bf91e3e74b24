import type { Api } from '../kit/api.js'
import * as json from '../kit/shape.js'
import { type Choice, type Service, serviceUrl } from './catalog.js'
import type { Token } from './session.js'

/** A list that a service has. */
export interface Collection<T> {
  readonly service: Service
  /** Below the service's endpoint, with a query if it has one. */
  readonly path: string
  /** The key of the list in the answer. */
  readonly name: string
  readonly item: json.Shape<T>
}

/** The services of one cloud, asked with one token. */
export class Cloud {
  readonly #api: Api
  readonly #token: Token
  readonly #choice: Choice

  constructor(api: Api, token: Token, choice: Choice) {
    this.#api = api
    this.#token = token
    this.#choice = choice
  }

  /**
   * Asks for all pages of a list. A page links the next one; of that link only the query counts, since behind
   * a proxy it often names a host that cannot be reached from outside. The first empty page is the last one.
   */
  async *list<T>({ service, path, name, item }: Collection<T>): AsyncGenerator<T, void, void> {
    const url = serviceUrl(this.#token.catalog, service, this.#choice) + path
    const [collection = url] = url.split('?')
    const pages = this.#api.pages(
      url,
      pageOf(name, item),
      ({ items, next }) =>
        items.length === 0 || next === '' ? undefined : collection + queryOf(next),
      { headers: { 'x-auth-token': this.#token.id } },
    )
    for await (const { items } of pages) yield* items
  }
}

interface Page<T> {
  readonly items: readonly T[]
  /** Where the page after this one is; empty after the last. */
  readonly next: string
}

const links = json.list(json.object({ rel: json.text, href: json.text }))

function pageOf<T>(name: string, item: json.Shape<T>): json.Shape<Page<T>> {
  const key = `${name}_links`
  const listed = json.object({ [name]: json.list(item) })
  const linked = json.object({ [key]: links })
  return {
    zero: { items: [], next: '' },
    read(value) {
      const all = linked.read(value)[key] ?? []
      return {
        items: listed.read(value)[name] ?? [],
        next: all.findLast(({ rel }) => rel === 'next')?.href ?? '',
      }
    },
  }
}

function queryOf(href: string): string {
  return /\?[^#]*/u.exec(href)?.[0] ?? ''
}
