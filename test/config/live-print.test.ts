import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { differences } from './differences.js'

const data = path.join(import.meta.dirname, 'testdata')

/** Starts Prometheus on a config and waits until it says where it listens. */
async function start(file: string, folder: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    requirePeer('prometheus'),
    [`--config.file=${file}`, `--storage.tsdb.path=${folder}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /msg="Listening on" .*address=(\S+)/.exec(line)?.[1]
    if (address !== undefined) return { child, url: `http://${address}` }
  }
  throw new Error('Prometheus ended before it listened')
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
  }
}

describeWithPeers('the recorded print of all-sections.yml', ['prometheus'], () => {
  let folder: string
  let prometheus: { child: ChildProcess; url: string }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'muster-print-'))
    prometheus = await start(path.join(data, 'all-sections.yml'), folder)
  })

  afterAll(async () => {
    const ended = new Promise((resolve) => prometheus.child.once('exit', resolve))
    prometheus.child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  })

  it('is what the Prometheus that is installed prints', async () => {
    const { yaml } = await until(async () => {
      const response = await fetch(`${prometheus.url}/api/v1/status/config`)
      return response.ok ? ((await response.json()) as { data: { yaml: string } }).data : undefined
    })
    const recorded = await readFile(path.join(data, 'all-sections.printed.yml'), 'utf8')
    expect(differences(load(yaml), load(recorded))).toEqual([])
  })
})
