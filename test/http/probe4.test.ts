import http2 from 'node:http2'
import { it } from 'vitest'
import { pki, pkiFile } from '../helpers/pki/index.js'
import { listen } from '../helpers/listen.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { clientOf } from './harness.js'
import { body } from './raw-answers.js'
it('h2', async () => {
  const server = http2.createSecureServer({ cert: pki('server1.pem'), key: pki('server1.key'), allowHTTP1: false, settings: { maxHeaderListSize: 1 << 30 }, maxSendHeaderBlockLength: 1 << 24 })
  const versions = new Set<string>()
  server.on('stream', (stream, headers) => {
    versions.add(String(headers['user-agent']))
    const [, kind, n] = /\/(\w+)\/(\d+)/.exec(String(headers[':path']))!
    const more: Record<string, string> = {}
    if (kind === 'many') for (let i = 0; i < Number(n); i++) more[`x-${i}`] = 'a'
    if (kind === 'long') more['x-a'] = 'a'.repeat(Number(n))
    if (kind === 'info') { for (let i = 0; i < Number(n); i++) stream.additionalHeaders({ ':status': 103, link: 'x' }) }
    if (kind === 'cont') { for (let i = 0; i < Number(n); i++) stream.additionalHeaders({ ':status': 100 }) }
    stream.respond({ ':status': 200, 'content-type': 'application/json', ...more }, kind === 'trailer' ? { waitForTrailers: true } : {})
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-t': 'a' }))
    if (kind === 'goaway') stream.session!.goaway(0)
    stream.end(body)
  })
  const { port } = await listen(server)
  const rows = ['many/100', 'many/130', 'many/500', 'many/3000', 'long/20000', 'long/60000', 'long/70000', 'long/300000', 'info/1', 'info/3', 'cont/1', 'trailer/1', 'goaway/1']
  const mine: string[] = []
  for (const r of rows) {
    try {
      const a = await clientOf(`tls_config: {ca_file: ${pkiFile('ca1.pem')}}`).request({ url: `https://localhost:${port}/${r}`, timeoutMs: 3000 })
      mine.push(a.status === 200 && a.body.toString() === body ? 'OK' : 'odd')
    } catch (e) { mine.push(String((e as Error).message)) }
  }
  const real = await forThisTest(RealPrometheus.start({ 'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${rows.map((r, i) => `- job_name: j${i}\n  http_sd_configs: [{url: 'https://localhost:${port}/${r}', refresh_interval: 3s, tls_config: {ca_file: ${pkiFile('ca1.pem')}}}]\n`).join('')}` }))
  await new Promise((r) => setTimeout(r, 7000))
  const found = new Set((await real.targets()).activeTargets.map((t) => t.scrapePool))
  console.log(rows.map((r, i) => `${r} | ${found.has(`j${i}`) ? 'OK' : new RegExp(`config=j${i} err=(.*)`).exec(real.output)?.[1]} | ${mine[i]}`).join('\n'), [...versions])
}, 60_000)
