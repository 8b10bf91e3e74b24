import type { Route } from '../context.js'

/** A `GET` below `/api/v1`, which answers once the daemon is ready. */
export function apiRoute(path: string, handle: Route['handle']): Route {
  return { methods: ['GET'], path: `/api/v1${path}`, needsReady: true, handle }
}
