import { afterEach, describe, expect, it } from 'vitest'
import { discovery, pool, provider, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

describe('the start page', () => {
  it('lists jobs and failing providers, and lets nothing through as HTML', async () => {
    const nasty = `<script>"'&\ud800`
    const lastError = { message: '<img src=x>', kind: 'X', at: 0 }
    const failing = provider({ name: 'consul/0', state: 'failing', lastError })
    served = await serve(
      sources([pool(nasty, { active: ['1', '2'] })], { discovery: discovery([failing]) }),
    )
    const { text, headers } = await served.request('/')
    expect(text).toContain('&lt;script&gt;&quot;&#39;&amp;')
    expect(text).toContain('consul/0: &lt;img src=x&gt;')
    expect(text).toContain('<td class="n">2</td>')
    expect(text).not.toMatch(/<script|<img/)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })
})
