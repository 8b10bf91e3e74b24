import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, printConfig } from '../../src/config/index.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'muster-config-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('loadConfig', () => {
  it('fills in what a job leaves out', async () => {
    const file = path.join(folder, 'p.yml')
    await writeFile(
      file,
      'global:\n  scrape_interval: 5s\n  external_labels: {a: $FOO}\nscrape_configs:\n- job_name: a\n  scrape_timeout: 3s\n  relabel_configs:\n  - action: keep\n    source_labels: [a]\n    regex: b\n',
    )
    const config = await loadConfig(file, { mechanisms: [] })
    expect(config.jobs[0]).toMatchObject({ scrape_interval: 5000, scrape_timeout: 3000 })
    expect(printConfig(config)).toContain('scrape_timeout: 3s')
  })
})
