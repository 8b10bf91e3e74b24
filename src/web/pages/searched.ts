import {
  QueryError,
  SearchBusyError,
  type SearchRequest,
  SearchTimeError,
  type TargetSearch,
} from '../../scrape/search/index.js'
import type { WebContext } from '../context.js'

/** A search that cannot be answered. */
export interface SearchFault {
  readonly message: string
  /** The characters of the query that are wrong; undefined where the query is not the reason. */
  readonly at: { readonly from: number; readonly to: number } | undefined
}

type Answer = Awaited<ReturnType<TargetSearch['search']>>

/** What is not said finds everything. */
export const everything: SearchRequest = {
  q: '',
  pools: [],
  states: [],
  scope: 'all',
  sort: '',
  offset: 0,
  limit: 0,
  facets: [],
}

/** Searches for as long as the reader waits. */
export function searched(
  c: WebContext,
  search: TargetSearch,
  request: Partial<SearchRequest>,
): Promise<Answer | SearchFault> {
  return orFault(search.search({ ...everything, ...request }, untilGone(c)))
}

/** Ends when the reader goes away. */
export function untilGone(c: WebContext): AbortSignal {
  const gone = new AbortController()
  c.env.outgoing.once('close', () => gone.abort())
  return gone.signal
}

/** What a search gives, or why it gives nothing. */
export async function orFault<T>(work: Promise<T>): Promise<T | SearchFault> {
  try {
    return await work
  } catch (error) {
    if (error instanceof QueryError) {
      return { message: error.message, at: { from: error.from, to: error.to } }
    }
    if (error instanceof SearchBusyError || error instanceof SearchTimeError) {
      return { message: error.message, at: undefined }
    }
    throw error
  }
}
