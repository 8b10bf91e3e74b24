import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../helpers/daemon.js'
import { freePort } from '../helpers/free-port.js'

const main = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

/** What a daemon is started with. */
async function prepare(): Promise<{
  readonly args: readonly string[]
  readonly url: string
  readonly folder: string
}> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-output-'))
  const config = path.join(folder, 'prometheus.yml')
  await writeFile(config, 'scrape_configs: []\n')
  const address = `127.0.0.1:${String(await freePort())}`
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return {
    args: [`--config.file=${config}`, `--web.listen-address=${address}`, '--log.level=debug'],
    url: `http://${address}`,
    folder,
  }
}

/** A daemon whose output goes where the test says. */
async function start(
  stdio: 'pipe' | number,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { args, url } = await prepare()
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', stdio, stdio] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, url }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/healthy`)).ok
  } catch {
    return false
  }
}

async function lostLines(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^muster_log_lines_lost_total (\d+)$/mu.exec(metrics)?.[1])
}

/** It serves, reloads, counts what its log has lost, and ends well. */
async function serves(child: ChildProcess, url: string): Promise<void> {
  const before = await lostLines(url)
  child.kill('SIGHUP')
  await until('more lines are lost', async () => (await lostLines(url)) > before)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
}

describe('the daemon serves on', () => {
  it('where the disk of its log is full', async () => {
    const { child, url } = await start(openSync('/dev/full', 'w'))
    await until('it serves', () => isHealthy(url))
    expect(await lostLines(url)).toBeGreaterThan(0)
    await serves(child, url)
  })

  it('where the reader of its log has gone away', async () => {
    const { child, url } = await start('pipe')
    await until('it serves', () => isHealthy(url))
    child.stdout?.destroy()
    child.stderr?.destroy()
    await serves(child, url)
  })

  it('at SIGUSR1, and opens no debugger', async () => {
    const { child, url } = await start('pipe')
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await until('it serves', () => isHealthy(url))
    child.kill('SIGUSR1')
    child.kill('SIGHUP')
    await until('it has reloaded', () => said.includes('Completed loading of configuration file'))
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(said).not.toContain('Debugger')
  })

  it.skipIf(!existsSync('/usr/bin/script'))('where its terminal was closed', async () => {
    const { args, url, folder } = await prepare()
    const file = path.join(folder, 'exit-code')
    const pidFile = path.join(folder, 'pid')
    const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
    // The shell outlives the terminal, to tell how the daemon has ended.
    const shell = `trap '' HUP; ${words} & echo $! >${pidFile}; wait $!; echo $? >${file}`
    const terminal = spawn('script', ['-qec', shell, '/dev/null'], { stdio: 'ignore' })
    onTestFinished(() => void terminal.kill('SIGKILL'))
    await until('it serves', () => isHealthy(url))
    expect(await lostLines(url)).toBe(0)
    terminal.kill('SIGKILL')
    const pid = Number(readFileSync(pidFile, 'utf8'))
    await until('lines are lost', async () => {
      process.kill(pid, 'SIGHUP')
      return (await lostLines(url)) > 0
    })
    process.kill(pid, 'SIGTERM')
    await until('it has ended', () => existsSync(file))
    await until('its code', () => readFileSync(file, 'utf8').trim() === '0')
  })
})
