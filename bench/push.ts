/**
 * How soon a change reaches a thousand consumers that wait for it, and what each of them costs: long polls, and
 * streams of events. The daemon and the consumers are two processes.
 *
 *   node bench/dist/push.js [consumers, 1000] [targets, 1000] [changes, 50]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { sleep, Workshop } from './child.js'
import { line } from './report.js'

interface Reading {
  readonly bytes: number
  readonly rss: number
  readonly cpuMs: number
}

const [consumers = 1000, targets = 1000, changes = 50] = process.argv.slice(2).map(Number)
const here = path.dirname(fileURLToPath(import.meta.url))

async function told<T>(server: ChildProcess, message: object): Promise<T> {
  server.send(message)
  const [answer] = (await once(server, 'message')) as [T]
  return answer
}

/** How an event ends, and the chunk that it comes in. */
const end = Buffer.from('\n\n\r\n')

/** Consumers on raw sockets: the machine should be busy with muster, not with its clients. */
class Consumers {
  readonly #sockets: net.Socket[] = []
  readonly #request: (version: string) => string
  readonly #isStream: boolean
  #arrived: bigint[] = []
  #whole = 0
  #all: () => void = () => {}
  #round: Promise<void> = Promise.resolve()

  constructor(host: string, isStream: boolean) {
    this.#isStream = isStream
    const head = `GET /http_sd/j?form=groups HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: gzip\r\n`
    this.#request = (version) =>
      isStream
        ? `${head}Accept: text/event-stream\r\n\r\n`
        : `${head}Prefer: wait=300\r\nIf-None-Match: ${version}\r\n\r\n`
  }

  async open(port: number, count: number, version: string): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const socket = net.connect(port, '127.0.0.1')
      await once(socket, 'connect')
      this.#sockets.push(socket)
      this.#follow(socket)
      socket.write(this.#request(version))
      if (i % 50 === 0) await sleep(5)
    }
  }

  /** Resolves with when each of them had the change. */
  async change(server: ChildProcess, number: number): Promise<readonly number[]> {
    this.#arrived = []
    this.#whole = 0
    this.#round = new Promise<void>((resolve) => {
      this.#all = resolve
    })
    const all = this.#round
    const { at } = await told<{ at: string }>(server, { change: number })
    await all
    return this.#arrived.map((arrived) => Number(arrived - BigInt(at)) / 1e6)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #follow(socket: net.Socket): void {
    let left = -1
    let version = ''
    let isDelta = false
    socket.on('data', (chunk: Buffer) => {
      const now = process.hrtime.bigint()
      if (this.#isStream) {
        if (chunk.includes('event: delta')) isDelta = true
        if (!isDelta || !chunk.subarray(-end.length).equals(end)) return
        isDelta = false
      } else if (left < 0) {
        const text = chunk.toString('latin1')
        const body = text.indexOf('\r\n\r\n') + 4
        version = /etag: (.*)\r\n/i.exec(text)?.[1] ?? ''
        left = Number(/content-length: (\d+)/i.exec(text)?.[1]) - (chunk.length - body)
      } else left -= chunk.length
      if (!this.#isStream && left > 0) return
      left = -1
      this.#arrived.push(now)
      this.#whole += 1
      if (this.#whole === this.#sockets.length) this.#all()
      // Asks again once all have it, so that only the change is measured.
      if (!this.#isStream) void this.#again(socket, version)
    })
  }

  async #again(socket: net.Socket, version: string): Promise<void> {
    await this.#round
    socket.write(this.#request(version))
  }
}

const workshop = new Workshop()
const config = path.join(workshop.folder, 'prometheus.yml')
writeFileSync(config, 'scrape_configs: [{job_name: j, bench_sd_configs: [{}]}]\n')
const server = spawn(
  process.execPath,
  ['--expose-gc', path.join(here, 'push-server.js'), config, String(targets)],
  { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
)
try {
  const [{ url = '' }] = (await once(server, 'message')) as [{ url?: string }]
  const { host, port } = new URL(url)
  const versionNow = async (): Promise<string> => {
    const response = await fetch(`${url}http_sd/j?form=groups`, {
      headers: { connection: 'close' },
    })
    await response.text()
    return response.headers.get('etag') ?? ''
  }
  while ((await fetch(`${url}http_sd/j`)).status !== 200) await sleep(50)
  const warm = new Consumers(host, false)
  await warm.open(Number(port), 50, await versionNow())
  /** Resolves once that number of requests waits. */
  const held = async (count: number): Promise<void> => {
    for (;;) {
      const { data } = (await (
        await fetch(`${url}api/v1/outputs`, { headers: { connection: 'close' } })
      ).json()) as {
        data: { held: number }
      }
      if (data.held === count) return
      await sleep(50)
    }
  }
  let number = 0
  for (; number < 20; number += 1) {
    await held(50)
    await warm.change(server, number + 1)
  }
  warm.close()
  for (const [name, isStream] of [
    ['long polls', false],
    ['streams', true],
  ] as const) {
    await sleep(500)
    const before = await told<Reading>(server, {})
    const many = new Consumers(host, isStream)
    await many.open(Number(port), consumers, await versionNow())
    await held(consumers)
    await sleep(500)
    const open = await told<Reading>(server, {})
    const each = (open.bytes - before.bytes) / consumers
    const times: number[] = []
    for (let i = 0; i < changes; i += 1) {
      number += 1
      times.push(...(await many.change(server, number)))
      await held(consumers)
      await sleep(100)
    }
    const after = await told<Reading>(server, {})
    many.close()
    times.sort((a, b) => a - b)
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
    const what = `${String(consumers)} ${name}, ${String(targets)} targets`
    line(
      `${what}: a change reaches them`,
      `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${(times.at(-1) ?? 0).toFixed(1)} ms`,
    )
    line(
      `${what}: memory of each`,
      `${(each / 1024).toFixed(1)} KiB`,
      `resident ${((open.rss - before.rss) / consumers / 1024).toFixed(1)} KiB`,
    )
    line(
      `${what}: processor time`,
      `${((after.cpuMs - open.cpuMs) / changes).toFixed(1)} ms a change`,
    )
  }
} finally {
  server.disconnect()
  workshop.close()
}
