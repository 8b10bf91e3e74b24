import type { WebContext } from '../context.js'
import { replyText } from '../reply/reply.js'
import type { OwnOrigin } from './own-origin.js'

/** A path and what answers requests for it. */
export interface WebRoute {
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[]
  /** Below the route prefix; a trailing `*` takes everything. */
  readonly path: string
  /** Answers 503 until the daemon is ready. */
  readonly needsReady?: boolean
  readonly handle: (c: WebContext) => Response | Promise<Response>
}

/** A `GET` below `/api/v1`, which answers once the daemon is ready. */
export function apiRoute(path: string, handle: WebRoute['handle']): WebRoute {
  return { methods: ['GET'], path: `/api/v1${path}`, needsReady: true, handle }
}

/** Whether the routes that make the daemon do something work, and for which pages. */
export interface ActionOptions {
  readonly enabled: boolean
  readonly isOwnOrigin: OwnOrigin
}

/**
 * A `POST` or `PUT` that makes the daemon do something: refused unless the lifecycle API was enabled,
 * and when a page of another site asks.
 */
export function actionRoute(
  path: string,
  { enabled, isOwnOrigin }: ActionOptions,
  act: WebRoute['handle'],
): WebRoute {
  return {
    // `GET` is among them for the answer that Prometheus gives to it.
    methods: ['GET', 'POST', 'PUT'],
    path,
    handle: (c) => {
      if (c.req.method === 'GET' || c.req.method === 'HEAD') {
        return replyText(c, 405, 'Only POST or PUT requests allowed')
      }
      if (!enabled) return replyText(c, 403, 'Lifecycle API is not enabled.')
      const reason = foreignPage(c, isOwnOrigin)
      return reason === undefined ? act(c) : replyText(c, 403, `${reason}\n`)
    },
  }
}

/**
 * Tells whether a browser carries a request of another site's page: such a request does its harm
 * without an answer. Browsers send `Origin` with every POST and PUT, and most say `Sec-Fetch-Site` too;
 * tools send neither.
 * @returns why the request must be refused; undefined when it may be served
 */
export function foreignPage(c: WebContext, isOwnOrigin: OwnOrigin): string | undefined {
  const origin = c.req.header('Origin')
  if (origin !== undefined && origin !== '') {
    const host = c.req.header('Host') ?? c.env.incoming.headers[':authority']?.toString()
    if (!isOwnOrigin(origin, host)) {
      return `Requests from pages of ${JSON.stringify(origin)} are refused: it is neither the address of this server nor --web.external-url.`
    }
    return undefined
  }
  const site = c.req.header('Sec-Fetch-Site')
  return site === 'cross-site' || site === 'same-site'
    ? 'Requests from pages of other sites are refused.'
    : undefined
}
