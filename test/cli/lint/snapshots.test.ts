import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { LintResult } from '../../../src/cli/lint/lint.js'
import type { Labels } from '../../../src/labels/index.js'
import { useFolder } from '../../config/folder.js'
import { briefly, lintText, recordGroups } from './linting.js'

const folder = useFolder()

function job(name: string, rules: readonly string[] = [], more = ''): string {
  const lines = rules.map((rule) => `  - ${rule}\n`)
  return `- job_name: ${name}\n  file_sd_configs: [{files: [nodes.json]}]${more}\n  relabel_configs:\n${lines.join('')}`
}

const config = (...jobs: readonly string[]): string => `scrape_configs:\n${jobs.join('')}`

/** Lints with snapshots in which the files have these targets; the clock stands still. */
async function lintWith(
  text: string,
  snapshots: readonly (readonly Labels[])[],
  recordedAs: string = text,
): Promise<LintResult> {
  const files: string[] = []
  for (const [i, targets] of snapshots.entries()) {
    const file = folder.path(`${String(i)}.muster`)
    await recordGroups(recordedAs, file, [{ source: 'nodes.json', labels: { dc: 'eu' }, targets }])
    files.push(file)
  }
  const result = await lintText(text, { snapshots: files, now: () => 0 })
  return { ...result, findings: result.findings.filter(({ code }) => code !== 'M205') }
}

const web = (i: number): Labels => ({ __address__: `10.0.0.${String(i)}:80`, role: 'web' })
const two = [web(1), web(2)]

describe('with a snapshot', () => {
  it('tells rules that keep nothing, drop nothing, never match, with counts', async () => {
    const text = config(
      job('a', [
        '{source_labels: [role], regex: db, action: drop}',
        '{source_labels: [role], regex: db-(.+), target_label: x}',
        '{regex: nothing_(.+), action: labelmap}',
        '{source_labels: [role], regex: web, action: keep}',
        '{source_labels: [role], target_label: y}',
        '{source_labels: [y], regex: db, action: keep}',
        '{source_labels: [y], regex: z, action: drop}',
      ]),
    )
    const { findings } = await lintWith(text, [two])
    expect(
      findings.map(({ code, level, place, message }) => [place.line, code, level, message]),
    ).toEqual([
      [
        2,
        'M202',
        'warning',
        'job "a" has 0 active of 2 discovered targets: rule 6 (prometheus.yml:10:5) drops 2',
      ],
      [5, 'M201', 'note', 'this drop does not drop any of the 2 targets that get here'],
      [6, 'M201', 'note', 'this replace does not match any of the 2 targets that get here'],
      [7, 'M201', 'note', 'this labelmap does not match any of the 2 targets that get here'],
      [
        10,
        'M201',
        'warning',
        'this keep does not keep any of the 2 targets that get here; compare its regex with their values',
      ],
    ])
  })

  it('tells a job of which no target can be made, and why', async () => {
    const text = config(job('a', ['{target_label: __address__, replacement: a/b}']))
    const { findings } = await lintWith(text, [two])
    expect(findings.map(({ message }) => message)).toEqual([
      'job "a" has 0 active of 2 discovered targets: 2 cannot be made ("a/b" is not a valid hostname)',
    ])
  })

  it('tells URLs of several jobs, and equal labels of several URLs', async () => {
    const text = config(
      job('a'),
      job(
        'b',
        ['{source_labels: [__address__], regex: "10.0.0.1:80 ?", action: keep}'],
        '\n  scrape_interval: 5m',
      ),
      job('c', ['{target_label: instance, replacement: x}'], '\n  metrics_path: /c'),
    )
    const { findings } = await lintWith(text, [two])
    expect(findings.filter(({ code }) => code === 'M203').map(({ message }) => message)).toEqual([
      'job "b" scrapes a URL that job "a" scrapes too, such as `http://10.0.0.1:80/metrics`; drop the targets in one of them',
      'a target has the same labels as another one of the job with another URL, such as `http://10.0.0.2:80/c`, so their series are one; give each a label of its own',
    ])
  })

  it('leaves loopback addresses alone, which are another machine at each Prometheus', async () => {
    const text = config(job('a'), job('b', [], '\n  scrape_interval: 5m\n  honor_labels: true'))
    const targets = ['127.0.0.1:80', 'localhost:80', '[::1]:80'].map((__address__) => ({
      __address__,
    }))
    const { findings } = await lintWith(text, [targets])
    expect(findings.filter(({ code }) => code === 'M203')).toEqual([])
  })

  it('tells a label that all targets of several jobs have with one value', async () => {
    const many = Array.from({ length: 6 }, (_, i) => web(i))
    const text = config(job('a'), job('b', [], '\n  metrics_path: /b'))
    const { findings } = await lintWith(text, [many])
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['M204', 'all 12 targets have dc="eu"; external_labels says that once'],
      ['M204', 'all 12 targets have role="web"; external_labels says that once'],
    ])
    expect((await lintWith(config(job('a')), [many])).findings).toEqual([])
  })

  it('tells labels that change from one snapshot to the next, for targets that stay', async () => {
    const before = [{ ...web(1), state: 'up' }, { ...web(2), state: 'up' }, web(3)]
    const after = [{ ...web(1), state: 'down' }, { ...web(2), state: 'up' }, web(4)]
    const { findings } = await lintWith(config(job('a')), [before, after])
    expect(findings.map(({ message }) => message)).toEqual([
      'state has another value for 1 of 2 targets that are in both snapshots (up → down), and each change makes new series; leave it out, or make a label of something that stays',
    ])
  })

  it('tells addresses without a port, those of IPv6 as well', async () => {
    const targets = ['10.0.0.1', '10.0.0.2:80', '[fe80::1]', '[fe80::1]:9100', 'fe80::2'].map(
      (__address__) => ({ __address__ }),
    )
    const { findings } = await lintWith(config(job('a', [], '\n  scheme: https')), [targets])
    expect(findings.map(({ message }) => message)).toEqual([
      '3 of 5 targets of job "a" have no port, such as `10.0.0.1`, and are asked at port 443; add the port of the exporter',
    ])
  })

  it('names the three dearest rules, measured', async () => {
    const text = config(
      job(
        'a',
        [1, 2, 3, 4].map((i) => `{source_labels: [role], target_label: x${String(i)}}`),
      ),
    )
    const file = folder.path('s.muster')
    await recordGroups(text, file, [{ source: 'x', labels: {}, targets: two }])
    // Each look at the clock is later by more than the one before: the last rule takes longest.
    let time = 0
    let step = 0
    const now = (): number => {
      step += 1
      time += step * step
      return time
    }
    const { findings } = await lintText(text, { snapshots: [file], now, codes: new Set(['M205']) })
    expect(briefly({ findings })).toEqual(['6:5 M205 note', '7:5 M205 note', '8:5 M205 note'])
    expect(findings[2]?.message).toBe('the dearest rule: 126.00 µs a target, measured for job "a"')
  })

  it('judges a job under its new name, and static targets as they are in the config', async () => {
    const recorded = config(job('old'))
    const now = `${config(job('new', ['{source_labels: [role], regex: db, action: keep}']))}- job_name: s
  static_configs: [{targets: [a]}]
`
    const { findings, gaps } = await lintWith(now, [two], recorded)
    expect(gaps).toEqual([])
    expect(briefly({ findings })).toEqual(['2:3 M202', '5:5 M201', '6:3 M206 note'])
  })

  it('says of which jobs it does not have all targets, and does not judge them', async () => {
    const recorded = config(job('a'))
    const changed = recorded.replace('nodes.json', 'others.json')
    const { findings, gaps } = await lintWith(changed, [two], recorded)
    expect(findings).toEqual([])
    expect(gaps).toEqual([
      `${folder.path('0.muster')} does not have all targets of job "a": its discovery has changed, or was not recorded; record it again`,
    ])
  })

  it('refuses a file that is none, and looks at the rest', async () => {
    const file = folder.path('x.muster')
    await writeFile(file, 'hello\n')
    const { unusable, findings } = await lintText(
      config(job('a', ['{target_label: x, replacement: $2}'])),
      {
        snapshots: [file, folder.path('none.muster')],
      },
    )
    expect(unusable.map(({ reason }) => reason)).toEqual([
      `${file} is not a snapshot of muster: make one with muster record`,
      `${folder.path('none.muster')} cannot be read: no such file or directory`,
    ])
    expect(briefly({ findings })).toEqual(['5:23 M104'])
  })
})
