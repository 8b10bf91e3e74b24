/**
 * What large target lists cost: the built daemon on one file of targets, asked by a client in another
 * process, with how long the daemon's event loop was held meanwhile.
 *
 *   node bench/dist/web.js [targets, 100000] [targets in a group, 10]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { percentiles } from './report.js'

interface Reading {
  readonly heldMs: readonly number[]
  readonly cpuMs: number
  readonly rss: number
}

interface Got {
  readonly status: number
  readonly bytes: number
  readonly etag: string
}

const [targets = 100_000, groupSize = 10] = process.argv.slice(2).map(Number)
const here = path.dirname(fileURLToPath(import.meta.url))

/** A folder with a config and one file of targets, about as many labels each as Consul gives. */
function workspace(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-bench-'))
  const groups = Array.from({ length: targets / groupSize }, (_, g) => ({
    targets: Array.from({ length: groupSize }, (_, i) => `10.0.${String(g)}:${String(9000 + i)}`),
    labels: Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `label_${String(i)}`,
        `value-${String(i)}-${String(g % 50)}`,
      ]),
    ),
  }))
  writeFileSync(path.join(folder, 'targets.json'), JSON.stringify(groups))
  const config = 'scrape_configs: [{job_name: j, file_sd_configs: [{files: [targets.json]}]}]\n'
  writeFileSync(path.join(folder, 'prometheus.yml'), config)
  return folder
}

async function read(daemon: ChildProcess, what: 'reset' | 'read'): Promise<Reading> {
  daemon.send(what)
  const [reading] = (await once(daemon, 'message')) as [Reading]
  return reading
}

function get(base: string, route: string, headers: http.OutgoingHttpHeaders): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = http.get(`${base}${route}`, { agent: false, headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.once('error', reject)
      response.once('end', () => {
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, bytes, etag: got.etag ?? '' })
      })
    })
    sent.once('error', reject)
  })
}

const folder = workspace()
const daemon = spawn(
  process.execPath,
  [
    `--import=file://${path.join(here, 'loop-delay.js')}`,
    path.join(here, '../../dist/bin/muster.js'),
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    '--web.listen-address=127.0.0.1:0',
  ],
  { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
)
const began = performance.now()
let said = ''
daemon.stdout?.on('data', (chunk: Buffer) => {
  said += chunk.toString()
})
while (!said.includes('open http')) {
  if (daemon.exitCode !== null) throw new Error('the daemon ended: is dist/ built?')
  await new Promise((resolve) => setTimeout(resolve, 10))
}
const base = /open (\S+?)\/?\n/.exec(said)?.[1] ?? ''
// A list that is not whole yet is held back with 503.
while ((await get(base, '/http_sd/j', {})).status !== 200) {
  await new Promise((resolve) => setTimeout(resolve, 20))
}
const start = await read(daemon, 'read')
const print = (what: string, ...columns: readonly string[]): void => {
  const cells = columns.map((column) => column.padStart(10))
  process.stdout.write(`${what.padEnd(40)}${cells.join('')}\n`)
}
const ms = (value: number): string => `${value.toFixed(0)} ms`
const mb = (value: number): string => `${(value / 1e6).toFixed(1)} MB`
const held = percentiles.map((percentile) =>
  percentile === 100 ? 'max' : `p${String(percentile)}`,
)
print(`${String(targets)} targets; loop held:`, 'wall', 'cpu', ...held, 'body', 'rss')
print(
  'start until all are visible',
  ms(performance.now() - began),
  ms(start.cpuMs),
  ...start.heldMs.map(ms),
  '',
  mb(start.rss),
)

async function measure(
  what: string,
  route: string,
  headers: http.OutgoingHttpHeaders = {},
): Promise<string> {
  const before = await read(daemon, 'reset')
  const from = performance.now()
  const { status, bytes, etag } = await get(base, route, headers)
  const wall = performance.now() - from
  const after = await read(daemon, 'read')
  print(
    `${what} (${String(status)})`,
    ms(wall),
    ms(after.cpuMs - before.cpuMs),
    ...after.heldMs.map(ms),
    mb(bytes),
    mb(after.rss),
  )
  return etag
}

const gzip = { 'Accept-Encoding': 'gzip' }
for (const route of ['/api/v1/targets', '/http_sd/j']) {
  await measure(`${route}, first`, route)
  await measure(`${route}, again`, route)
  await measure(`${route}, gzip, first`, route, gzip)
  const etag = await measure(`${route}, gzip, again`, route, gzip)
  await measure(`${route}, known`, route, { 'If-None-Match': etag })
}
await measure('/metrics', '/metrics')
daemon.kill('SIGTERM')
await once(daemon, 'exit')
rmSync(folder, { recursive: true })
