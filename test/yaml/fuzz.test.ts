import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { load } from 'js-yaml'
import { loadConfig, printConfig } from '../../src/config/index.js'
import { differences, printedOtherwise } from '../config/differences.js'
import { allMechanisms } from '../config/mechanisms.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { Random } from '../relabel/fuzz/random.js'
import { known } from './fuzz/known.js'
import { mutate } from './fuzz/mutate.js'

const rounds = Number(process.env['FUZZ_MUTATIONS'] ?? 300)
const firstSeed = Number(process.env['FUZZ_FIRST_SEED'] ?? 1)
// How many files promtool reads in one go.
const batch = 300
const starts = Array.from({ length: Math.ceil(rounds / batch) }, (_, i) => firstSeed + i * batch)
const configs = path.join(import.meta.dirname, 'fuzz', 'configs')

/** What is said of one mutated config: undefined where it is taken. */
type Verdict = string | undefined

// A Prometheus that is given mutated targets may call any address: it needs a network of its own.
const isAlone = Object.keys(os.networkInterfaces()).every((name) => name === 'lo')

describeWithPeers('mutated configs, beside the real promtool', ['promtool'], () => {
  const state = { folder: '', texts: [] as string[] }

  beforeAll(async () => {
    // FUZZ_FOLDER keeps the mutated files, to look at one by its seed.
    const kept = process.env['FUZZ_FOLDER']
    if (kept !== undefined) await mkdir(kept, { recursive: true })
    state.folder = kept ?? (await mkdtemp(path.join(os.tmpdir(), 'muster-yaml-fuzz-')))
    for (const name of (await readdir(configs)).sort()) {
      state.texts.push(await readFile(path.join(configs, name), 'utf8'))
    }
  })
  afterAll(async () => {
    if (process.env['FUZZ_FOLDER'] === undefined) await rm(state.folder, { recursive: true })
  })

  it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
    const files = new Map<string, string>()
    for (let seed = start; seed < start + batch; seed += 1) {
      const random = new Random(seed)
      files.set(
        path.join(state.folder, `${String(seed)}.yml`),
        mutate(random.pick(state.texts), random),
      )
    }
    for (const [file, text] of files) await writeFile(file, text)
    const theirs = await promtool([...files.keys()])
    const different: string[] = []
    for (const [file, text] of files) {
      if (!theirs.has(file)) continue
      const ours = await muster(file)
      const their = theirs.get(file)
      if ((ours === undefined) === (their === undefined)) continue
      const said = `${path.basename(file)}: muster: ${ours ?? 'SUCCESS'} / promtool: ${their ?? 'SUCCESS'}`
      if (!known.some((pattern) => pattern.test(said))) different.push(`${said}\n${text}`)
    }
    expect(different).toEqual([])
    if (!isAlone) return
    const taken = [...files].filter(([file]) => theirs.has(file) && theirs.get(file) === undefined)
    expect(await printedDifferently(taken)).toEqual([])
  })
})

/** Where the real Prometheus shows another config than muster does. */
async function printedDifferently(
  files: readonly (readonly [file: string, text: string])[],
): Promise<readonly string[]> {
  const found: string[] = []
  const env = { HOSTNAME: 'here' }
  const prometheus = await RealPrometheus.start(
    { 'prometheus.yml': '{}' },
    { args: ['--web.enable-lifecycle'], env },
  )
  try {
    for (const [file, text] of files) {
      // It indents what follows such a line end in a plain text, which is not read as indentation.
      const config = (await prometheus.reload(text))?.replace(/([\u2028\u2029]) */gu, '$1')
      // It finds a fault of its own then, such as a file of rules that is missing.
      if (config === undefined) continue
      // A file without any key: Prometheus shows no defaults then, and has no use for them.
      if (!config.includes('scrape_interval')) continue
      const printed = printConfig(await loadConfig(file, { mechanisms: allMechanisms(), env }))
      // The path of Prometheus' config has no folder.
      const ours = load(printed.replaceAll(`${path.dirname(file)}/`, ''))
      const lines = differences(load(config), ours).filter((line) => !printedOtherwise(line))
      if (lines.length > 0) found.push(`${path.basename(file)}: ${lines.join('; ')}\n${text}`)
    }
  } finally {
    await prometheus.stop()
  }
  return found
}

async function muster(file: string): Promise<Verdict> {
  try {
    await loadConfig(file, { mechanisms: allMechanisms() })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
  }
}

/** What promtool says of these files; nothing of those that make it crash. */
async function promtool(files: readonly string[]): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  for (let left = files; left.length > 0; ) {
    const { stdout, stderr } = await run(left)
    const checked = stdout.split('Checking ').slice(1)
    const failures = stderr.split('  FAILED: ').slice(1)
    for (const part of checked) {
      const [file = '', ...said] = part.split('\n')
      if (said.some((line) => line.startsWith(' SUCCESS: '))) verdicts.set(file, undefined)
      else {
        const failure = failures.shift()
        if (failure !== undefined) verdicts.set(file, failure.replaceAll('\n', ' '))
      }
    }
    left = left.slice(checked.length)
  }
  return verdicts
}

function run(
  files: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const args = ['check', 'config', '--syntax-only', ...files]
  return new Promise((resolve) => {
    execFile(requirePeer('promtool'), args, { maxBuffer: 1 << 26 }, (_, stdout, stderr) => {
      resolve({ stdout, stderr })
    })
  })
}
