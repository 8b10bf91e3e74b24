import path from 'node:path'
import { load } from 'js-yaml'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { loadConfig, printConfig, printJob } from '../../src/config/index.js'
import { useFolder } from './folder.js'
import { allMechanisms } from './mechanisms.js'
import { differences, printedOtherwise } from './differences.js'

const data = path.join(import.meta.dirname, 'testdata')
const folder = useFolder()

async function printed(file: string): Promise<unknown> {
  return load(printConfig(await loadConfig(file, { mechanisms: allMechanisms() })))
}

describe('printConfig', () => {
  it.each(['all-mechanisms', 'all-sections'])(
    'prints what Prometheus 3.5.3 printed of %s.yml',
    async (name) => {
      const theirs = load(await readFile(path.join(data, `${name}.printed.yml`), 'utf8'))
      const found = differences(theirs, await printed(path.join(data, `${name}.yml`)))
      expect(found.filter((line) => !printedOtherwise(line))).toEqual([])
    },
  )

  it('prints a number of 64 bits exactly, and quotes a text that looks like one', async () => {
    const file = await folder.write(
      'p.yml',
      `
scrape_configs:
- job_name: '18446744073709551615'
  relabel_configs:
  - {action: hashmod, target_label: a, modulus: 18446744073709551615}
  - {action: hashmod, target_label: '1_0', modulus: 9007199254740993}
  - {action: hashmod, target_label: b, modulus: 9007199254740991}
`,
    )
    const text = printConfig(await loadConfig(file, { mechanisms: allMechanisms() }))
    expect(text.match(/(?:job_name|modulus|target_label): .*/g)).toEqual([
      "job_name: '18446744073709551615'",
      'modulus: 18446744073709551615',
      'target_label: a',
      'modulus: 9007199254740993',
      "target_label: '1_0'",
      'modulus: 9007199254740991',
      'target_label: b',
    ])
  })

  it('masks secrets, and passwords in URLs', async () => {
    const file = await folder.write(
      'p.yml',
      `
scrape_configs:
- job_name: a
  basic_auth: {username: u, password: hunter2}
  proxy_url: http://u:hunter2@p
  http_headers: {X: {secrets: [hunter2], values: [shown]}}
  http_sd_configs: [{url: 'http://u:hunter2@x'}]
- job_name: b
  authorization: {credentials: hunter2}
  consul_sd_configs: [{token: hunter2}]
  eureka_sd_configs: [{server: 'http://u:hunter2@x'}]
  marathon_sd_configs: [{servers: ['http://u:hunter2@x']}]
remote_write:
- url: http://u:hunter2@x
  azuread: {oauth: {client_id: 11111111-1111-1111-1111-111111111111, client_secret: hunter2, tenant_id: a}}
`,
    )
    const config = await loadConfig(file, { mechanisms: allMechanisms() })
    const text = printConfig(config)
    expect(text).not.toContain('hunter2')
    expect(text.match(/<secret>/g)).toHaveLength(5)
    expect(text.match(/u:xxxxx@/g)).toHaveLength(5)
    expect(text).toContain('shown')
    expect(config.jobs.map(printJob).join('')).not.toContain('hunter2')
  })

  it('prints a config that loads again to the same', async () => {
    const first = await loadConfig(path.join(data, 'all-sections.yml'), {
      mechanisms: allMechanisms(),
    })
    const again = await folder.write('p.yml', printConfig(first))
    const second = await loadConfig(again, { mechanisms: allMechanisms() })
    // A false that Prometheus prints as nothing, and that is true when nothing is there.
    const text = printConfig(second).replace('    filter_external_labels: true\n', '')
    expect(text).toBe(printConfig(first))
  })

  it('leaves out the jobs of included files, which printJob prints', async () => {
    await folder.write('more.yml', 'scrape_configs: [{job_name: more}]')
    const file = await folder.write('p.yml', 'scrape_config_files: [more.yml]\n')
    const config = await loadConfig(file, { mechanisms: allMechanisms() })
    expect(printConfig(config)).not.toContain('job_name')
    const [job] = config.jobs
    expect(job === undefined ? '' : load(printJob(job))).toMatchObject({
      job_name: 'more',
      scrape_interval: '1m',
      metrics_path: '/metrics',
    })
  })
})
