import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { type AllocatorConfig, loadAllocatorConfig } from '../../src/allocation/config.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { ConfigError, formatIssue } from '../../src/yaml/index.js'

const mechanisms = [...builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'test' })]
const members = 'members: {static_configs: [{targets: ["127.0.0.1:1"]}]}\n'

async function load(text: string): Promise<AllocatorConfig> {
  const readFile = () => Promise.resolve(Buffer.from(text))
  return await loadAllocatorConfig('targetallocator.yaml', { mechanisms, readFile })
}

/** What is wrong with a file, a line each. */
async function faults(text: string): Promise<readonly string[]> {
  try {
    await load(text)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(formatIssue)
  }
}

describe("the keys of OpenTelemetry's Target Allocator", () => {
  it.each([
    ['consistent-hashing', 'consistent-hashing'],
    ['least-weighted', 'least-weighted'],
    ['per-node', 'per-node'],
  ])('give the strategy %s', async (written, strategy) => {
    expect(await load(`${members}allocation_strategy: ${written}\n`)).toMatchObject({ strategy })
  })

  it('give everything else that means the same here', async () => {
    const config = await load(`${members}
allocation_strategy: per-node
allocation_fallback_strategy: consistent-hashing
filter_strategy: relabel-config
collector_not_ready_grace_period: 45s
https: {enabled: false, listen_addr: ":8443"}
prometheus_cr: {scrape_interval: 30s}
`)
    expect(config).toMatchObject({
      strategy: 'per-node',
      fallback_strategy: 'rendezvous',
      moves: { member_grace: 45_000, silent_after: 3 },
    })
  })

  it.each([
    ['config: {scrape_configs: []}', 'name that with --config.file'],
    ['listen_addr: ":8080"', '--web.listen-address'],
    ['https: {enabled: true, ca_file_path: /ca}', '--web.config.file'],
    ['kube_config_file_path: /k', 'kubeconfig_file of kubernetes_sd_configs'],
    ['collector_selector: {matchLabels: {a: b}}', 'say in `members` how collectors are found'],
    ['collector_namespace: otel', 'say in `members` how collectors are found'],
    ['prometheus_cr: {enabled: true}', 'no custom resources'],
  ])('are refused with what to use instead: %s', async (line, hint) => {
    const key = line.slice(0, line.indexOf(':'))
    const [fault = '', ...more] = await faults(members + line)
    expect(more).toEqual([])
    expect(fault).toContain(`targetallocator.yaml:2:1: ${key}: `)
    expect(fault).toContain(`${key} is a key of OpenTelemetry's Target Allocator`)
    expect(fault).toContain(hint)
  })

  it.each([
    ['another filter', 'filter_strategy: none', 'filter_strategy is relabel-config'],
    [
      'the grace beside the section that has it',
      'collector_not_ready_grace_period: 1s\nmoves: {member_grace: 2s}',
      'stands beside `moves`',
    ],
    ['an unknown strategy', 'allocation_strategy: random', 'unknown strategy "random"'],
    ['two names for one', 'strategy: balanced\nallocation_strategy: per-node', 'already set'],
    ['a typing error', 'allocation_stategy: per-node', 'field allocation_stategy not found'],
  ])('are refused: %s', async (_title, lines, message) => {
    const found = await faults(members + lines)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
    expect(found[0]).toMatch(/^targetallocator\.yaml:[23]:/)
  })

  it('are all told at once in a file of the operator', async () => {
    const found = await faults(`
collector_namespace: otel
collector_selector: {matchlabels: {app: collector}}
allocation_strategy: consistent-hashing
filter_strategy: relabel-config
prometheus_cr: {enabled: true}
config: {scrape_configs: [{job_name: a}]}
`)
    expect(found.map((line) => line.split(': ', 2)[1])).toEqual([
      'collector_namespace',
      'members has no section of service discovery',
      'collector_selector',
      'prometheus_cr',
      'config',
    ])
  })
})
