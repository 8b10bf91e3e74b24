import { type Api, withQuery } from '../kit/api.js'
import * as json from '../kit/shape.js'

/**
 * All elements of a list of the API, page after page. How many there are is in a header or in the answer; the last
 * page is the one that completes them, or an empty one.
 * @param path may have a query already
 * @param name the key of the list in the answer
 */
export async function* elements<T>(
  api: Api,
  path: string,
  name: string,
  item: json.Shape<T>,
): AsyncGenerator<T> {
  const pathOf = (page: number): string => withQuery(path, { page, per_page: mostPerPage })
  const listed = json.object({ [name]: json.list(item) })
  const counted = json.object({ total_count: json.int })
  const shape: json.Shape<{ readonly items: readonly T[]; readonly total: number }> = {
    zero: { items: [], total: 0 },
    read: (value) => ({
      items: listed.read(value)[name] ?? [],
      total: counted.read(value).total_count,
    }),
  }
  let page = 1
  let count = 0
  const pages = api.pages(pathOf(page), shape, ({ items, total }, answer) => {
    count += items.length
    page += 1
    const all = Number(answer.header('x-total-count') ?? total)
    return items.length > 0 && count < all ? pathOf(page) : undefined
  })
  for await (const { items } of pages) yield* items
}

const mostPerPage = 100
