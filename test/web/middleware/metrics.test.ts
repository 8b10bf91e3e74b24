import { afterEach, describe, expect, it } from 'vitest'
import { pool, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

describe('/metrics', () => {
  it('counts requests by handler and code, with size and duration', async () => {
    served = await serve(sources([pool('a')]))
    await served.request('/http_sd/a')
    await served.request('/http_sd/b')
    await served.request('/nope')
    const { text, headers } = await served.request('/metrics')
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = text.split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'prometheus_http_requests_total{handler="/http_sd/*",code="200"} 1',
        'prometheus_http_requests_total{handler="/http_sd/*",code="404"} 1',
        'prometheus_http_requests_total{handler="/-/reload",code="200"} 0',
        'prometheus_http_request_duration_seconds_bucket{le="0.1",handler="/http_sd/*"} 2',
        'prometheus_http_response_size_bytes_bucket{le="100",handler="/http_sd/*"} 2',
        'prometheus_http_response_size_bytes_sum{handler="/http_sd/*"} 23',
        'prometheus_ready 1',
      ]),
    )
    expect(text).not.toContain('nope')
    expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true)
  })
})
