import net from 'node:net'
import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { listen } from '../helpers/listen.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { clientOf } from './harness.js'
import { body, rows } from './raw-answers.js'

it('probes', async () => {
  const server = net.createServer((socket) => {
    let text = ''
    socket.on('data', (d) => {
      text += d.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      const row = rows[Number(/^GET \/([0-9]+)/.exec(text)?.[1])]
      text = ''
      if (row === undefined) { socket.destroy(); return }
      socket.write(typeof row.bytes === 'string' ? Buffer.from(row.bytes, 'latin1') : row.bytes)
      if (row.hangsUp) socket.end()
    })
  })
  const { address } = await listen(server)
  const mine: string[] = []
  for (const [i, row] of rows.entries()) {
    const client = clientOf('')
    try {
      const r = await client.request({ url: `http://${address}/${i}`, timeoutMs: 1500, gzip: true })
      const ok = r.status === 200 && r.body.toString() === body
      mine.push(ok ? 'OK' : `status ${r.status} ${JSON.stringify(r.body.toString().slice(0, 40))}`)
    } catch (e) { mine.push(`${(e as {kind: string}).kind} ${String((e as Error).message).replace(/.*?: /, '').replace(/^.*\/\d+: /, '').slice(0,140)}`) }
    void row
  }
  const real = await forThisTest(RealPrometheus.start({
    'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${rows.map((_, i) =>
      `- job_name: j${i}\n  http_sd_configs: [{url: 'http://${address}/${i}', refresh_interval: 3s}]\n`).join('')}`,
  }))
  await new Promise((r) => setTimeout(r, 11000))
  const { activeTargets } = await real.targets()
  const found = new Set(activeTargets.map((t) => t.scrapePool))
  const logs = (real as any)
  const output: string = logs.output ?? ''
  const text = rows.map((row, i) => {
    const err = new RegExp(`config=j${i} err=(.*)`).exec(output)?.[1]?.replace(/.*\/\d+\\?\\": /, '') ?? ''
    const go = found.has(`j${i}`)
    return `${go === (mine[i] === 'OK') ? '  ' : '!!'} ${row.title} | ${go ? 'OK' : err.slice(0, 140)} | ${mine[i]}`
  }).join('\n')
  writeFileSync('/tmp/w/strict/probe.txt', text)
}, 120_000)
