import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { ConfigError } from '../../src/yaml/index.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { type FaultCase, jobFaults, ruleFaults } from './fault-cases.js'
import { sectionFaults } from './fault-cases-sections.js'
import { allMechanisms } from './mechanisms.js'

const cases: readonly FaultCase[] = [...jobFaults, ...ruleFaults, ...sectionFaults]

async function errorOf(yaml: string): Promise<ConfigError> {
  const loading = loadConfig('p.yml', {
    mechanisms: allMechanisms(),
    readFile: () => Promise.resolve(Buffer.from(yaml)),
  })
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigError)) throw new Error('the config is taken as good')
  return error
}

describe('loadConfig refuses', () => {
  it.each(cases)('$name', async ({ yaml, message, place }) => {
    const error = await errorOf(yaml)
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/^parsing YAML file p\.yml: /)
    const [first] = error.issues
    expect(`${String(first?.line)}:${String(first?.column)} ${first?.path ?? ''}`).toBe(place)
  })
})

// Of one that is newer the reading may end altogether: a null in `alertmanagers` crashes promtool.
const shared = cases.filter(({ newer }) => newer !== true)

describeWithPeers('Prometheus 3.5.3 says the same to', ['promtool'], () => {
  let folder: string
  let said: readonly string[]

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'muster-faults-'))
    const files = shared.map((_, i) => path.join(folder, `case-${String(i)}.yml`))
    await Promise.all(shared.map(({ yaml }, i) => writeFile(files[i] ?? '', yaml)))
    const output = await new Promise<string>((resolve) => {
      const args = ['check', 'config', '--syntax-only', ...files]
      execFile(requirePeer('promtool'), args, (_, __, stderr) => resolve(stderr))
    })
    const answers = output.split('  FAILED: parsing YAML file ').slice(1)
    said = files.map((file) => answers.find((answer) => answer.startsWith(`${file}: `)) ?? '')
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it.each(shared.map((one, i) => ({ ...one, i })))('$name', ({ message, i }) => {
    expect(said[i]).toContain(message)
  })
})
