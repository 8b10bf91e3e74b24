import type { ExternalUrl } from '../server/external-url.js'

/**
 * What all routes begin with: `/` or `/some/path`, never with a slash at the end.
 * @param flag the flag's value; empty takes the path of the external URL
 */
export function resolveRoutePrefix(flag: string, externalUrl: ExternalUrl): string {
  const text = flag === '' ? externalUrl.path : flag
  return `/${text.replace(/^\/+|\/+$/g, '')}`
}

/** Names for paths outside the route prefix. No request has such a path: a raw path has no space. */
export const outside = {
  /** The bare `/`, which leads to the prefix. */
  root: '/ root',
  /** The prefix itself, which lacks the slash that relative links need. */
  bare: '/ bare',
  other: '/ outside',
} as const

/** The raw path of a request, without the route prefix: what routes are matched with. */
export function stripPrefix(url: string, routePrefix: string): string {
  const path = rawPath(url)
  if (routePrefix === '/') return path
  if (path.startsWith(`${routePrefix}/`)) return path.slice(routePrefix.length)
  if (path === routePrefix) return outside.bare
  return path === '/' ? outside.root : outside.other
}

function rawPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return '/'
  const end = url.slice(start).search(/[?#]/)
  return end < 0 ? url.slice(start) : url.slice(start, start + end)
}
