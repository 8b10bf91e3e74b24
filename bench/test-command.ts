/**
 * `muster test` with 10,000 cases over ten rules, as a process of its own.
 *
 *   node bench/dist/test-command.js
 *
 * A start of the program is measured beside it: `muster test` of a file with one case. What is asked for is the
 * time that 10,000 cases add to that, and it is shown beside the time of the whole process.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { line, median } from './report.js'

const count = 10_000
const rounds = 7
const muster = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')
const folder = mkdtempSync(path.join(tmpdir(), 'muster-bench-'))

const rules = Array.from({ length: 10 }, (_, i) =>
  i % 3 === 0
    ? `{source_labels: [__meta_tags], regex: ".*,tag${String(i)},.*", action: drop}`
    : `{source_labels: [__meta_l${String(i)}], regex: "(.+)-(.+)", target_label: l${String(i)}, replacement: "$2"}`,
)
const config = `scrape_configs:
  - job_name: node
    relabel_configs: [${rules.join(', ')}]
`

function testFile(cases: number): string {
  const tests = Array.from({ length: cases }, (_, i) => {
    const n = String(i)
    return `  - name: case ${n}
    labels: {__address__: "10.0.0.1:${n}", __meta_l1: a-${n}, __meta_tags: ",prod,"}
    expect: {labels: {job: node, instance: "10.0.0.1:${n}", l1: "${n}"}}
`
  })
  return `config_file: prometheus.yml\njob: node\ntests:\n${tests.join('')}`
}

/** Milliseconds that a run took. */
interface Measured {
  readonly wall: number
  readonly cpu: number
}

const saysCpu =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.cpuUsage())))'

function measured(file: string): Measured {
  const began = performance.now()
  const args = ['--import', saysCpu, muster, 'test', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
  })
  const wall = performance.now() - began
  if (status !== 0) throw new Error(`muster test ended with ${String(status)}: ${stdout}`)
  const { user, system } = JSON.parse(stderr) as { user: number; system: number }
  return { wall, cpu: (user + system) / 1000 }
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

try {
  writeFileSync(path.join(folder, 'prometheus.yml'), config)
  writeFileSync(path.join(folder, 'one.muster-test.yml'), testFile(1))
  writeFileSync(path.join(folder, 'all.muster-test.yml'), testFile(count))
  const starts: Measured[] = []
  const alls: Measured[] = []
  // By turns: the machine is not always equally fast.
  for (let round = 0; round < rounds; round += 1) {
    starts.push(measured('one.muster-test.yml'))
    alls.push(measured('all.muster-test.yml'))
  }
  for (const [key, what] of [
    ['wall', 'by the clock'],
    ['cpu', 'processor time'],
  ] as const) {
    const start = median(starts.map((one) => one[key]))
    const all = median(alls.map((one) => one[key]))
    line(`muster test, ${String(count)} cases over 10 rules, ${what}`, ms(all))
    line('  the same with one case: the start of the program', ms(start))
    line('  what the cases add', ms(all - start), 'wanted: less than 1,000 ms')
  }
} finally {
  rmSync(folder, { recursive: true })
}
