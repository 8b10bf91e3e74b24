/** Other programs, started in a folder of their own and measured from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as net.AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Polls until a condition holds; gives the milliseconds it took. */
export async function until(
  holds: () => Promise<boolean>,
  limitMs = 120_000,
  pauseMs = 5,
): Promise<number> {
  const begin = performance.now()
  while (performance.now() - begin < limitMs) {
    if (await holds().catch(() => false)) return performance.now() - begin
    await sleep(pauseMs)
  }
  throw new Error('not within the time limit')
}

/** A folder and the programs that run in it; all of them end together. */
export class Workshop {
  readonly folder: string = mkdtempSync(path.join(os.tmpdir(), 'muster-bench-'))
  readonly #children: ChildProcess[] = []

  /** @param input whether it is written to */
  start(
    command: string,
    args: readonly string[],
    input: 'ignore' | 'pipe' = 'ignore',
  ): ChildProcess {
    const child = spawn(command, args, { cwd: this.folder, stdio: [input, 'ignore', 'ignore'] })
    this.#children.push(child)
    return child
  }

  /** Ends one program. */
  async stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Processor seconds so far and memory in MiB, as the kernel counts them. */
export function usage({ pid = 0 }: ChildProcess): { cpu: number; rss: number } {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss }
}

/** The sum of a metric's series that begin like this. */
export async function metric(address: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text()
  let sum = Number.NaN
  for (const [, value] of text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))) {
    sum = (Number.isNaN(sum) ? 0 : sum) + Number(value)
  }
  return sum
}

/** A muster that runs, and where it answers. */
export interface Running {
  readonly address: string
  readonly child: ChildProcess
}

const command = path.resolve(import.meta.dirname, '..', '..', 'dist/bin/muster.js')

/** Starts the built command with these jobs. */
export async function startMuster(shop: Workshop, jobs: readonly object[]): Promise<Running> {
  writeFileSync(path.join(shop.folder, 'p.yml'), JSON.stringify({ scrape_configs: jobs }))
  const address = `127.0.0.1:${String(await freePort())}`
  const child = shop.start(process.execPath, [
    command,
    '--log.level=warn',
    '--config.file=p.yml',
    `--web.listen-address=${address}`,
  ])
  return { address, child }
}

/** Memory in MiB six seconds from now: once what only the start needed is given back. */
export async function settledRss({ child }: Running): Promise<number> {
  await sleep(6000)
  return usage(child).rss
}

/** A muster with nothing to do, which ends again: milliseconds until it is ready, and memory in MiB. */
export async function emptyMuster(shop: Workshop): Promise<{ readyMs: number; rss: number }> {
  const empty = await startMuster(shop, [])
  const readyMs = await until(async () => (await fetch(`http://${empty.address}/-/ready`)).ok)
  const rss = await settledRss(empty)
  await shop.stop(empty.child)
  return { readyMs, rss }
}
