import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { useFolder } from './folder.js'
import { allMechanisms } from './mechanisms.js'

const job = (rest: string): string => `scrape_configs:\n- job_name: a\n  ${rest}\n`

/** Configs at the edge of what is allowed. */
const good: readonly (readonly [name: string, yaml: string])[] = [
  ['nothing', ''],
  ['a comment', '# nothing\n'],
  ['an empty map', '{}'],
  [
    'null for every section',
    'global:\nalerting:\nrule_files:\nscrape_configs:\nstorage:\ntracing:\notlp:\n',
  ],
  ['a document marker', '---\nglobal: {scrape_interval: 5s}\n...\n'],
  ['a byte order mark', '\ufeffglobal: {}\n'],
  ['carriage returns', 'global:\r\n  scrape_interval: 5s\r\n'],
  [
    'numbers where texts belong',
    'scrape_configs: [{job_name: 8080, metrics_path: 1.50, scheme: on}]',
  ],
  [
    'labels of every kind of scalar',
    job('static_configs: [{targets: [1], labels: {a: 1.50, b: yes, c: ~, "1 x": z}}]'),
  ],
  ['a static config of nothing', job('static_configs: [{}, {targets: }]')],
  ['a job of a name alone', 'scrape_configs: [{job_name: a}]'],
  [
    'anchors and merge keys',
    'scrape_configs:\n- &a {job_name: a, scheme: https}\n- {<<: *a, job_name: b}\n',
  ],
  ['a timeout as long as the interval', job('scrape_interval: 10s\n  scrape_timeout: 10s')],
  [
    'a global timeout cut to the interval',
    'global: {scrape_interval: 5s}\n' + job('scrape_interval: 1s'),
  ],
  ['a rule of nothing but a target', job('relabel_configs: [{target_label: a}]')],
  [
    'a URL that a relabel rule makes an address of',
    job(
      'static_configs: [{targets: ["http://x"]}]\n  relabel_configs: [{target_label: __address__, replacement: x}]',
    ),
  ],
  ['an action in capitals', job('relabel_configs: [{action: KEEP, source_labels: [a], regex: b}]')],
  [
    'explicit defaults of a labeldrop',
    job('relabel_configs: [{action: labeldrop, regex: a, separator: ;, replacement: $1}]'),
  ],
  ['a UTF-8 target label', job('relabel_configs: [{target_label: "ü b", replacement: x}]')],
  ['a template for a target label', job('relabel_configs: [{target_label: "a_${1}"}]')],
  [
    'octal, hexadecimal and underscored limits',
    job('sample_limit: 0x10\n  target_limit: 010\n  label_limit: 1_000'),
  ],
  ['a whole number as a float', job('sample_limit: 1e3')],
  ['the interval of a century', job('scrape_interval: 100y')],
  ['sizes of several units', job('body_size_limit: 1GB512MB')],
  ['both spellings of true', job('honor_labels: yes\n  honor_timestamps: On')],
  ['headers of one’s own', job('http_headers: {X-A: {values: [a]}}')],
  ['authorization without a type', job('authorization: {credentials: a}')],
  ['authorization of type basic-ish', job('authorization: {type: Basics, credentials: a}')],
  ['an Alertmanager section of nothing', 'alerting: {alertmanagers: [{}]}'],
  ['two unnamed remote writes', 'remote_write: [{url: "http://x"}, {url: "http://x"}]'],
  ['a queue of its defaults', 'remote_write: [{url: "http://x", queue_config: }]'],
  [
    'patterns of files',
    'rule_files: ["*.yml", a/b.yml, "/x/?[ab]*"]\nscrape_config_files: [none/*]\n',
  ],
  ['a binary job name', 'scrape_configs: [{job_name: !!binary aGk=}]'],
  ['more than one document', 'global: {}\n---\nfoo: bar\n'],
]

const folder = useFolder()

describe('loadConfig takes', () => {
  it.each(good)('%s', async (_, yaml) => {
    const file = await folder.write('p.yml', yaml)
    await expect(loadConfig(file, { mechanisms: allMechanisms() })).resolves.toBeDefined()
  })
})

function check(files: readonly string[]): Promise<string> {
  const args = ['check', 'config', '--syntax-only', ...files]
  return new Promise((resolve) => {
    execFile(requirePeer('promtool'), args, (_, __, complaints) => resolve(complaints))
  })
}

describeWithPeers('Prometheus 3.5.3 takes them too:', ['promtool'], () => {
  it.each(good)('%s', async (_, yaml) => {
    expect(await check([await folder.write('p.yml', yaml)])).toBe('')
  })

  it('the files of every mechanism and section', async () => {
    const names = ['all-mechanisms', 'all-sections']
    const files = names.map((name) => path.join(import.meta.dirname, 'testdata', `${name}.yml`))
    expect(await check(files)).toBe('')
  })
})
