import { afterEach, describe, expect, it } from 'vitest'
import { resolveExternalUrl, resolveRoutePrefix } from '../../../src/web/index.js'
import { outside, stripPrefix } from '../../../src/web/middleware/route-prefix.js'
import { type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

describe('the route prefix', () => {
  it.each([
    ['', 'http://h', '/'],
    ['', 'http://h/a/b/', '/a/b'],
    ['/', 'http://h/a', '/'],
    ['x/y/', 'http://h/a', '/x/y'],
    ['//x//', 'http://h', '/x'],
  ])('flag %j with %s is %s', (flag, url, expected) => {
    expect(resolveRoutePrefix(flag, resolveExternalUrl(url, 'box', 1))).toBe(expected)
  })

  it.each([
    ['http://h/a/b?c/d', '/', '/a/b'],
    ['http://h/p/a', '/p', '/a'],
    ['http://h/p/', '/p', '/'],
    ['http://h/p', '/p', outside.bare],
    ['http://h/p?x', '/p', outside.bare],
    ['http://h/', '/p', outside.root],
    ['http://h/px/a', '/p', outside.other],
    ['http://h/%20root', '/', '/%20root'],
    ['http://h', '/', '/'],
  ])('%s below %s is %j', (url, prefix, expected) => {
    expect(stripPrefix(url, prefix)).toBe(expected)
  })
})

describe('the routes below a prefix', () => {
  it.each([
    ['/p/-/healthy', 200, undefined],
    ['/-/healthy', 404, undefined],
    ['/px', 404, undefined],
    ['/p/', 200, undefined],
    ['/p', 302, 'p/'],
    ['/', 302, 'p/'],
  ])('%s is %d', async (path, status, location) => {
    served = await serve(sources(), { routePrefix: '/p' })
    const answer = await served.request(path)
    expect([answer.status, answer.headers.location]).toEqual([status, location])
  })
})
