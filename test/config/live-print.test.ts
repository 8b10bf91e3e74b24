import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { load } from 'js-yaml'
import { expect, it } from 'vitest'
import { describeWithPeers } from '../helpers/peers.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { differences } from './differences.js'

const data = path.join(import.meta.dirname, 'testdata')

describeWithPeers('the recorded print of all-sections.yml', ['prometheus'], () => {
  it('is what the Prometheus that is installed prints', async () => {
    const config = path.join(data, 'all-sections.yml')
    const prometheus = await forThisTest(RealPrometheus.on(config))
    const response = await fetch(`${prometheus.url}/api/v1/status/config`)
    const { yaml } = ((await response.json()) as { data: { yaml: string } }).data
    const recorded = await readFile(path.join(data, 'all-sections.printed.yml'), 'utf8')
    expect(differences(load(yaml), load(recorded))).toEqual([])
  })
})
