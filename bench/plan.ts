/**
 * What a plan costs: `muster plan` as a process of its own, over a snapshot of a million targets.
 *
 *   node bench/dist/plan.js [targets, 1000000]
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { Registry } from 'prom-client'
import { builtInMechanisms, loadConfig } from 'muster-sd'
import { fingerprint } from 'muster-sd/discovery'
import { sleep, Workshop } from './child.js'
import { labelSets, usualRuleFields } from './consul-labels.js'
import { line, whole } from './report.js'

const [targets = 1_000_000] = process.argv.slice(2).map(Number)
const jobs = 1000
const groupSize = 100
const muster = fileURLToPath(new URL('../../dist/bin/muster.js', import.meta.url))
const workshop = new Workshop()
const at = (name: string): string => path.join(workshop.folder, name)

/** @param changed how many of the jobs have one rule more */
function config(changed: number): string {
  const lines = ['scrape_configs:']
  for (let job = 0; job < jobs; job += 1) {
    lines.push(
      `- job_name: job-${String(job)}`,
      `  consul_sd_configs: [{"server": "consul", "services": ["s-${String(job)}"]}]`,
      '  relabel_configs:',
      ...usualRuleFields.map((rule) => `  - ${JSON.stringify(rule)}`),
    )
    if (job < changed) lines.push('  - {"target_label": "team", "replacement": "a"}')
  }
  return `${lines.join('\n')}\n`
}

/** Writes a snapshot of the first config as `muster record` does. */
async function writeSnapshot(file: string): Promise<void> {
  const given = { registry: new Registry(), env: {}, userAgent: 'bench' }
  const loaded = await loadConfig(at('old.yml'), { mechanisms: [...builtInMechanisms(given)] })
  const hash = createHash('sha256')
  const gzip = createGzip({ level: 1 })
  const written = gzip.pipe(createWriteStream(file))
  const put = async (text: string): Promise<void> => {
    hash.update(text)
    if (!gzip.write(text)) await once(gzip, 'drain')
  }
  const header = { by: 'bench', at: new Date().toISOString(), redacted: [] }
  await put(`${JSON.stringify({ format: 'muster snapshot', version: 1, ...header })}\n`)
  const each = targets / jobs
  let groups = 0
  for (const [i, { job_name, discovery }] of loaded.jobs.entries()) {
    const [source] = discovery
    if (source === undefined) throw new Error('no discovery')
    const section = { provider: `consul/${String(i)}`, manager: 'scrape', mechanism: 'consul' }
    const named = { ...section, fingerprint: fingerprint(source), sets: [job_name] }
    await put(`${JSON.stringify(named)}\n`)
    for (let from = 0; from < each; from += groupSize) {
      const sets = labelSets(i * each + from, Math.min(groupSize, each - from))
      await put(`${JSON.stringify({ source: String(from), labels: {}, targets: sets })}\n`)
      groups += 1
    }
  }
  const seal = { sections: jobs, groups, targets, sha256: hash.digest('hex') }
  gzip.end(`${JSON.stringify(seal)}\n`)
  await once(written, 'close')
}

async function measure(what: string, changed: number, format: string): Promise<void> {
  writeFileSync(at('new.yml'), config(changed))
  const args = ['plan', at('old.yml'), at('new.yml'), `--snapshot=${at('s')}`, `--format=${format}`]
  const begun = performance.now()
  const child = spawn(process.execPath, [muster, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let first = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (first.length < 4096) first += chunk.toString()
  })
  const exited = once(child, 'exit')
  let peak = 0
  let cpu = 0
  while (child.exitCode === null && child.pid !== undefined) {
    try {
      const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8')
      peak = Math.max(peak, Number(/VmHWM:\s+([0-9]+)/.exec(status)?.[1] ?? 0) / 1024)
      const stat = readFileSync(`/proc/${String(child.pid)}/stat`, 'utf8').split(') ')[1] ?? ''
      const [user, system] = stat.split(' ').slice(11, 13).map(Number)
      cpu = Math.max(cpu, ((user ?? 0) + (system ?? 0)) / 100)
    } catch {
      // It has ended.
    }
    await sleep(50)
  }
  await exited
  const seconds = (performance.now() - begun) / 1000
  if (child.exitCode !== 0) throw new Error(`muster plan ended with ${String(child.exitCode)}`)
  line(
    what,
    `${seconds.toFixed(1)} s`,
    `${cpu.toFixed(1)} s of processor, ${whole(peak)} MiB at most`,
  )
  if (format === 'text') process.stdout.write(`  ${first.split('\n')[0] ?? ''}\n`)
}

try {
  writeFileSync(at('old.yml'), config(0))
  await writeSnapshot(at('s'))
  const of = `${whole(targets)} targets of ${whole(jobs)} jobs`
  await measure(`${of}, one job changes`, 1, 'text')
  await measure(`${of}, every job changes`, jobs, 'text')
  await measure(`${of}, every job changes, as JSON`, jobs, 'json')
} finally {
  workshop.close()
}
