import net from 'node:net'
import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { listen } from '../helpers/listen.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { clientOf } from './harness.js'
import { body } from './raw-answers.js'

const ok = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const to = (loc: string | undefined, status = '302 Found', extra='') => `HTTP/1.1 ${status}\r\n${loc === undefined ? '' : `Location: ${loc}\r\n`}${extra}Content-Length: 0\r\n\r\n`
let A = ''
const rows: [string, (p: string) => string][] = [
  ...[9,10,11].map((n) => [`chain ${n}`, (p: string) => { const k = Number(/k=(\d+)/.exec(p)?.[1] ?? 0); return k >= n ? ok : to(`?k=${k+1}`) }] as [string, (p: string) => string]),
  ['loop', () => to('')], ['no location', () => to(undefined)], ['no location 301', () => to(undefined, '301 M')], ['no location 307', () => to(undefined, '307 M')],['no location 308', () => to(undefined, '308 M')],
  ['empty 308', () => to('', '308 M')],
  ...['300 X','303 X','304 X','305 X','306 X','307 X','308 X','301 X'].map((s) => [`status ${s}`, (p: string) => p.endsWith('?x') ? ok : to('?x', s)] as [string, (p: string) => string]),
  ...['REL', '/I/ok', '?ok', '//A/I/ok', '#ok', './ok', '../I/ok', 'http://A/I/a b?ok', '/I/é?ok', '/I/%zz?ok', 'http:I/ok', 'http:/I/ok','\\I\\ok', '  /I/ok', '\t/I/ok\t', 'HTTP://A/I/ok', 'Http://A/I/ok?x', 'ftp://A/I/ok', 'javascript:ok', 'http://u:p@A/I/ok', 'http://127.0.0.1:99999/I/ok', 'http://127.0.0.1:abc/', 'http://[::1', 'mailto:ok', 'http://A/I/ok#frag', '/I/ok#f%zz', '/I/o\\k?ok', '/I/{ok}?ok', '/I/|?ok', '/I/"?ok', '/I/<>?ok=^', '/I/x?ok=a b', '/I/x?ok=é', '/I/x?ok=%zz', '/I/..%2fx?ok', '/I/x/../ok', '/I//ok', 'http://A', 'http://A?I=ok', 'https://A/I/ok','/I/ok\r\nLocation: /I/no', '/I/\x7f?ok', '/I/\x01?ok', 'http://127.1:PORT/I/ok', 'http://0x7f.0.0.1:PORT/I/ok', 'http://2130706433:PORT/I/ok', 'http://127.0.0.1.:PORT/I/ok', 'http://A:/I/ok', 'http://localhost:PORT/I/ok', 'http://LOCALHOST:PORT/I/ok', 'http://loc%61lhost:PORT/I/ok', 'http://127.0.0.1:0PORT/I/ok', 'http:\\\\A\\I\\ok', '1:ok', ':ok', 'a:b', 'I:ok/ok', '%2fok',
  ].map((l) => [`loc ${l}`, (p: string) => {
    if (p.includes('no')) return to(undefined)
    if (p.includes('ok')) return ok
    const i = /\/(\d+)/.exec(p)?.[1]
    return to(l === 'REL' ? 'ok' : l.replaceAll('PORT', A.split(':')[1]!).replaceAll('A', A).replaceAll('I', i!))
  }] as [string, (p: string) => string]),
]
it('probes', async () => {
  const paths: Record<string, string[]> = {}
  const server = net.createServer((socket) => {
    let text = ''
    socket.on('data', (d) => {
      text += d.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      const p = /^GET (\S+)/.exec(text)?.[1] ?? ''
      const who = /agent: (\w+)/i.exec(text)?.[1] ?? ''
      const i = /(\d+)/.exec(p)?.[1]
      ;(paths[who + i] ??= []).push(p + (/authorization/i.test(text) ? ' AUTH' : ''))
      const row = rows[Number(i)]
      text = ''
      if (row === undefined) { socket.destroy(); return }
      socket.write(Buffer.from(row[1](p), row[0].includes('é') ? 'utf8' : 'latin1'))
    })
  })
  const { address } = await listen(server)
  A = address
  const mine: string[] = []
  for (const [i] of rows.entries()) {
    const client = clientOf('')
    try {
      const r = await client.request({ url: `http://${address}/${i}`, timeoutMs: 1500, gzip: true })
      mine.push(r.status === 200 && r.body.toString() === body ? 'OK' : `status ${r.status} ${JSON.stringify(r.body.toString().slice(0, 40))}`)
    } catch (e) { mine.push(`${(e as {kind: string}).kind} ${String((e as Error).message).replace(/^.*\/\d+: /, '').slice(0,140)}`) }
  }
  const real = await forThisTest(RealPrometheus.start({
    'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${rows.map((_, i) =>
      `- job_name: j${i}\n  http_sd_configs: [{url: 'http://${address}/${i}', refresh_interval: 3s}]\n`).join('')}`,
  }))
  await new Promise((r) => setTimeout(r, 7000))
  const { activeTargets } = await real.targets()
  const found = new Set(activeTargets.map((t) => t.scrapePool))
  const text = rows.map((row, i) => {
    const err = new RegExp(`config=j${i} err=(.*)`).exec(real.output)?.[1]?.replace(/.*\/\d+\\?\\": /, '') ?? ''
    const go = found.has(`j${i}`)
    const same = JSON.stringify(new Set(paths['muster'+i])) === JSON.stringify(new Set(paths['Prometheus'+i]))
    return `${go === (mine[i] === 'OK') ? '  ' : '!!'}${same ? '' : '~' } ${row[0]} | ${go ? 'OK' : err.slice(0, 140)} | ${mine[i]} ${same ? '' : `${paths['muster'+i]} / ${[...new Set(paths['Prometheus'+i])]}`}`
  }).join('\n')
  writeFileSync('/tmp/w/strict/probe2.txt', text)
}, 120_000)
