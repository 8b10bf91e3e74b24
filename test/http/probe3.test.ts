import https from 'node:https'
import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { listen } from '../helpers/listen.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { clientOf } from './harness.js'
import { body } from './raw-answers.js'
import { tlsRows as rows } from './tls-rows.js'
it('probes', async () => {
  const urls: string[] = []
  const mine: string[] = []
  const servers: string[] = []
  for (const row of rows) {
    let url = ''
    try {
      const server = https.createServer(row.server, (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
      server.on('tlsClientError', () => undefined)
      const { port } = await listen(server)
      url = `https://${row.host}:${port}/`
    } catch (e) { servers.push(`${row.title}: ${String(e)}`) }
    urls.push(url)
    if (url === '') { mine.push('NO SERVER'); continue }
    try {
      const client = clientOf(`tls_config: {${row.config}}`)
      const r = await client.request({ url, timeoutMs: 3000, gzip: true })
      mine.push(r.status === 200 && r.body.toString() === body ? 'OK' : `status ${r.status}`)
    } catch (e) { mine.push(`${(e as {kind: string}).kind} ${(e as any).cause?.code} ${String((e as Error).message).replaceAll(/\s+/g, ' ').replace(/^GET .*?: /, '').slice(0,200)}`) }
  }
  const confs = rows.map((row, i) => ({ i, text: `- job_name: j${i}\n  http_sd_configs: [{url: '${urls[i]}', refresh_interval: 3s, tls_config: {${row.config}}}]\n` }))
  const bad = new Map<number, string>()
  const real = await forThisTest(RealPrometheus.start({
    'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${confs.filter(({ i }) => urls[i] !== '' && !bad.has(i)).map((c) => c.text).join('')}`,
  }))
  await new Promise((r) => setTimeout(r, 12000))
  const { activeTargets } = await real.targets()
  const found = new Set(activeTargets.map((t) => t.scrapePool))
  const text = rows.map((row, i) => {
    const err = new RegExp(`config=j${i} (?:.*? )?err=(.*)`).exec(real.output)?.[1]?.replace(/^"?Get \\"https:[^ ]*: /, '') ?? ''
    const go = found.has(`j${i}`)
    return `${go === (mine[i] === 'OK') ? '  ' : '!!'} ${row.title} | ${go ? 'OK' : err.slice(0, 180)} | ${mine[i]}`
  }).join('\n')
  writeFileSync('/tmp/w/strict/probe3.txt', `${servers.join('\n')}\n${text}\n${real.output.split('\n').filter((l) => !/config=j/.test(l)).slice(-30).join('\n')}`)
}, 180_000)
