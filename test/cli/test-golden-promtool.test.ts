import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { actions } from '../../src/relabel/index.js'
import { useFolder } from '../config/folder.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'

const run = promisify(execFile)
const folder = useFolder()
const muster = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

/**
 * Rules of every action, in chains as people write them. No two labels become one: which of them
 * wins is random in promtool (docs/differences.md).
 */
const chains: Readonly<Record<string, string>> = {
  replace: `
      - {source_labels: [__meta_env, team], regex: "(prod|dev);(.*)", target_label: owner, replacement: "$2-\${1}"}
      - {source_labels: [port], regex: "(\\\\d+)", target_label: __param_port}
      - {source_labels: [port], regex: "(\\\\d+)", target_label: __metrics_path__, replacement: /probe/$1}
      - {target_label: fixed, replacement: x}
      - {source_labels: [none], target_label: team}`,
  keep: '\n      - {source_labels: [__meta_env], regex: prod|, action: keep}',
  drop: '\n      - {source_labels: [__meta_env, team], separator: /, regex: "dev/.*", action: drop}',
  keepequal: '\n      - {source_labels: [team], target_label: same, action: keepequal}',
  dropequal: '\n      - {source_labels: [team], target_label: same, action: dropequal}',
  hashmod: `
      - {source_labels: [__address__], modulus: 3, target_label: __tmp_shard, action: hashmod}
      - {source_labels: [__tmp_shard], regex: "[01]", action: keep}`,
  labelmap: `
      - {regex: "__meta_(.+)", action: labelmap}
      - {regex: "(a|b)_copy", replacement: of_$1, action: labelmap}`,
  labeldrop: '\n      - {regex: "te.*|[ab]_copy", action: labeldrop}',
  labelkeep: '\n      - {regex: "__.*|team", action: labelkeep}',
  lowercase: '\n      - {source_labels: [Mixed, team], target_label: mixed, action: lowercase}',
  uppercase: '\n      - {source_labels: [Mixed], target_label: Mixed, action: uppercase}',
}

/** Targets for which the rules come to different ends. */
const targets = [
  {
    targets: ['127.0.0.9:1', '127.0.0.9:2', '127.0.0.9'],
    labels: { __meta_env: 'prod', team: 'x', same: 'x' },
  },
  { targets: ['127.0.0.9:3'], labels: { __meta_env: 'dev', team: 'x', same: 'y', port: '80' } },
  { targets: ['127.0.0.9:4'], labels: { Mixed: 'AbÄß', a_copy: '1', b_copy: '2', job: 'own' } },
  { targets: ['127.0.0.9:5/path', 'ü.invalid:6'], labels: { instance: 'i', __scheme__: 'https' } },
  { targets: ['127.0.0.9:7'], labels: { __scrape_interval__: 'never' } },
  { targets: ['127.0.0.9:1'], labels: { __meta_env: 'prod', team: 'x', same: 'x' } },
]

/** The different targets of a golden file in an order of their own, without the reasons of failures. */
function different(text: string): readonly string[] {
  const targets = JSON.parse(text) as readonly object[]
  const plain = targets.map((one) => JSON.stringify('error' in one ? { ...one, error: {} } : one))
  return [...new Set(plain)].sort()
}

describeWithPeers('muster test --golden and promtool', ['promtool'], () => {
  it('the chains have every action', () => {
    expect(Object.keys(chains).sort()).toEqual([...actions].sort())
  })

  it.each([...Object.keys(chains), 'all'])('agree on what %s does', async (name) => {
    const rules = name === 'all' ? Object.values(chains).join('') : (chains[name] ?? '')
    await folder.write('targets.json', JSON.stringify(targets))
    await folder.write(
      'prometheus.yml',
      `scrape_configs:
  - job_name: fixture
    scrape_interval: 100y
    params: {module: [http, more]}
    file_sd_configs: [{files: [targets.json]}]
    relabel_configs:${rules}
`,
    )
    const cwd = folder.path('')
    const flags = ['check', 'service-discovery', '--timeout=1s', 'prometheus.yml', 'fixture']
    const { stdout } = await run(requirePeer('promtool'), flags, { cwd })
    await folder.write('golden.json', stdout)
    // All of them, the one that is there twice included.
    expect(JSON.parse(stdout)).toHaveLength(9)
    const golden = await run(
      process.execPath,
      [muster, 'test', '--golden=golden.json', '--config.file=prometheus.yml', '--job=fixture'],
      { cwd },
    )
    expect(golden.stdout).toContain('9 passed')
    // The same from the targets themselves, and written by muster.
    await folder.write(
      'a.muster-test.yml',
      'config_file: prometheus.yml\njob: fixture\ntests: [{name: all, groups: targets.json, expect: {golden: golden.json}}]\n',
    )
    const fixture = await run(process.execPath, [muster, 'test'], { cwd })
    expect(fixture.stdout).toContain('1 passed')
    await folder.write('golden.json', '[]')
    await run(process.execPath, [muster, 'test', '--update'], { cwd })
    // promtool prints targets in any order, and some of those that are the same more than once.
    expect(different(await readFile(folder.path('golden.json'), 'utf8'))).toEqual(different(stdout))
  })
})
