import { Buffer } from 'node:buffer'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { load } from 'js-yaml'
import { type CheckConfigOptions, checkConfigs } from '../../src/cli/check/check-config.js'
import { parseLint } from '../../src/cli/check/lint.js'
import { checkRuleFiles } from '../../src/cli/check/rule-files.js'
import { verdict } from '../../src/cli/check/verdict.js'
import { loadConfig, printConfig } from '../../src/config/index.js'
import { TargetFile } from '../../src/mechanisms/file/target-file.js'
import { Turns } from '../../src/waiting/turns.js'
import { checkWebConfig } from '../../src/web/protect/config-file.js'
import { differences, printedOtherwise } from '../config/differences.js'
import { allMechanisms } from '../config/mechanisms.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { Random } from '../relabel/fuzz/random.js'
import { isKnown } from './fuzz/known.js'
import { mutate } from './fuzz/mutate.js'

const rounds = Number(process.env['FUZZ_MUTATIONS'] ?? 300)
const firstSeed = Number(process.env['FUZZ_FIRST_SEED'] ?? 1)
// How many files promtool reads in one go.
const batch = 1000
// A busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 })
const starts = Array.from({ length: Math.ceil(rounds / batch) }, (_, i) => firstSeed + i * batch)

/** What is said of one mutated file: undefined where it is taken. */
type Verdict = string | undefined

// A Prometheus that is given mutated targets may call any address: it needs a network of its own.
const isAlone = Object.keys(os.networkInterfaces()).every((name) => name === 'lo')

/** The files of one kind that are mutated, and a folder for the mutated ones. */
class Corpus {
  readonly #kind: string
  #folder = ''
  readonly #texts: { readonly name: string; readonly text: string }[] = []

  constructor(kind: string) {
    this.#kind = kind
  }

  async open(): Promise<void> {
    // FUZZ_FOLDER keeps the mutated files, to look at one by its seed.
    const kept = process.env['FUZZ_FOLDER']
    if (kept !== undefined) await mkdir(kept, { recursive: true })
    this.#folder = kept ?? (await mkdtemp(path.join(os.tmpdir(), 'muster-yaml-fuzz-')))
    const folder = path.join(import.meta.dirname, 'fuzz', this.#kind)
    for (const name of (await readdir(folder)).sort()) {
      this.#texts.push({ name, text: await readFile(path.join(folder, name), 'utf8') })
    }
  }

  async close(): Promise<void> {
    if (process.env['FUZZ_FOLDER'] === undefined) await rm(this.#folder, { recursive: true })
  }

  /** Writes the mutations of these seeds. @returns what they have, by file */
  async write(start: number): Promise<ReadonlyMap<string, Buffer>> {
    const files = new Map<string, Buffer>()
    for (let seed = start; seed < start + batch; seed += 1) {
      const random = new Random(seed)
      const { name, text } = random.pick(this.#texts)
      const file = path.join(this.#folder, `${this.#kind}-${String(seed)}${path.extname(name)}`)
      files.set(file, mutate(text, random))
    }
    for (const [file, bytes] of files) await writeFile(file, bytes)
    return files
  }
}

describeWithPeers('mutated configs, beside the real promtool', ['promtool'], () => {
  const corpus = new Corpus('configs')
  beforeAll(() => corpus.open())
  afterAll(() => corpus.close())

  it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
    const files = await corpus.write(start)
    const theirs = await promtool(['check', 'config', '--syntax-only'], [...files.keys()])
    const { different, taken } = await judged(files, theirs, mustersSyntax)
    expect(different).toEqual([])
    if (isAlone) expect(await printedDifferently(taken)).toEqual([])
  })
})

describeWithPeers(
  'mutated configs of Consul, beside a promtool that has it',
  ['prometheus_consul'],
  () => {
    const corpus = new Corpus('consul')
    const binary = path.join(path.dirname(requirePeer('prometheus_consul')), 'promtool')
    beforeAll(() => corpus.open())
    afterAll(() => corpus.close())

    it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
      const files = await corpus.write(start)
      const theirs = await promtool(['check', 'config'], [...files.keys()], binary)
      expect((await judged(files, theirs, muster)).different).toEqual([])
    })
  },
)

describeWithPeers('mutated files of targets, beside the real promtool', ['promtool'], () => {
  const corpus = new Corpus('targets')
  beforeAll(() => corpus.open())
  afterAll(() => corpus.close())

  it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
    const files = await corpus.write(start)
    const configs = new Map<string, Buffer>()
    for (const file of files.keys()) {
      const config = `${file}.config`
      const name = JSON.stringify(path.basename(file))
      await writeFile(
        config,
        `scrape_configs: [{job_name: ${name}, file_sd_configs: [{files: [${name}]}]}]\n`,
      )
      configs.set(config, files.get(file) ?? Buffer.of())
    }
    const theirs = await promtool(['check', 'config'], [...configs.keys()])
    const { different, taken } = await judged(configs, theirs, muster)
    expect(different).toEqual([])
    if (!isAlone) return
    const found = await foundDifferently(taken.map(([config]) => config.replace(/\.config$/u, '')))
    expect(found).toEqual([])
  })
})

describeWithPeers('mutated web configs, beside the real promtool', ['promtool'], () => {
  const corpus = new Corpus('web')
  beforeAll(() => corpus.open())
  afterAll(() => corpus.close())

  it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
    const files = await corpus.write(start)
    const { stderr } = await run(requirePeer('promtool'), ['check', 'web-config', ...files.keys()])
    const theirs = new Map<string, Verdict>()
    for (const [, file = '', verdict, said] of stderr.matchAll(
      /^(\S+) (SUCCESS|FAILED:)((?:(?!^\/\S+ (?:SUCCESS|FAILED:)).*\n?)*)/gm,
    )) {
      theirs.set(file, verdict === 'SUCCESS' ? undefined : said)
    }
    expect((await judged(files, theirs, mustersWeb)).different).toEqual([])
  })
})

describeWithPeers('mutated rule files, beside the real promtool', ['promtool'], () => {
  const corpus = new Corpus('rules')
  beforeAll(() => corpus.open())
  afterAll(() => corpus.close())

  it.each(starts)('are taken and refused as there (mutations from seed %i)', async (start) => {
    const files = await corpus.write(start)
    const theirs = await promtool(['check', 'rules', '--lint=none'], [...files.keys()])
    expect((await judged(files, theirs, mustersRules)).different).toEqual([])
  })
})

/** The files that one takes and the other refuses, and those that both take. */
async function judged(
  files: ReadonlyMap<string, Buffer>,
  theirs: ReadonlyMap<string, Verdict>,
  ours: (file: string) => Promise<Verdict>,
): Promise<{
  readonly different: readonly string[]
  readonly taken: readonly (readonly [file: string, bytes: Buffer])[]
}> {
  const different: string[] = []
  const taken: [string, Buffer][] = []
  for (const [file, bytes] of files) {
    if (!theirs.has(file)) continue
    const our = await ours(file)
    const their = theirs.get(file)
    if (our === undefined && their === undefined) taken.push([file, bytes])
    if ((our === undefined) === (their === undefined)) continue
    const said = `${path.basename(file)}: muster: ${our ?? 'SUCCESS'} / promtool: ${their ?? 'SUCCESS'}`
    if (!isKnown(said, bytes)) different.push(`${said}\n${bytes.toString()}`)
  }
  return { different, taken }
}

/** Where the real Prometheus finds other targets in files than muster does. */
async function foundDifferently(files: readonly string[]): Promise<readonly string[]> {
  // One job for all: a watch for each of them would be more than the system has.
  const job = {
    job_name: 'files',
    file_sd_configs: [{ files }],
    relabel_configs: [{ source_labels: ['__meta_filepath'], target_label: 'file' }],
  }
  const config = JSON.stringify({ global: { scrape_interval: '100y' }, scrape_configs: [job] })
  const ours = new Map<string, string>()
  for (const file of files) {
    const targets = new TargetFile(file, new Turns())
    await targets.take(await readFile(file))
    const own = { job: 'files', __scheme__: 'http', __metrics_path__: '/metrics' }
    const times = { __scrape_interval__: '100y', __scrape_timeout__: '10s' }
    const labels = targets.groups.flatMap((group) =>
      group.targets.map((target) => ({
        ...own,
        ...times,
        ...withoutEmpty({ ...group.labels, ...target }),
      })),
    )
    ours.set(file, told(labels))
  }
  const prometheus = await RealPrometheus.start({ 'prometheus.yml': config })
  try {
    let different: string[] = []
    // It looks for new targets every five seconds.
    for (let tries = 0; tries < 60; tries += 1) {
      const { activeTargets } = await prometheus.targets()
      different = []
      for (const [file, want] of ours) {
        const theirs = told(
          activeTargets
            .map(({ discoveredLabels }) => discoveredLabels)
            .filter(({ __meta_filepath: from }) => from === file),
        )
        const name = path.basename(file)
        if (theirs !== want) different.push(`${name}: muster has ${want}, Prometheus ${theirs}`)
      }
      if (different.length === 0) break
      await setTimeout(500)
    }
    return different
  } finally {
    await prometheus.stop()
  }
}

/** An empty label is none. */
function withoutEmpty(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

/** Label sets as one text; the order, repetitions and empty values mean nothing. */
function told(labels: readonly Readonly<Record<string, string>>[]): string {
  const sets = labels.map((set) =>
    JSON.stringify(Object.entries(withoutEmpty(set)).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
  return [...new Set(sets)].sort().join('\n')
}

/** Where the real Prometheus shows another config than muster does. */
async function printedDifferently(
  files: readonly (readonly [file: string, bytes: Buffer])[],
): Promise<readonly string[]> {
  const found: string[] = []
  const env = { HOSTNAME: 'here' }
  const start = (): Promise<RealPrometheus> =>
    RealPrometheus.start({ 'prometheus.yml': '{}' }, { args: ['--web.enable-lifecycle'], env })
  let prometheus = await start()
  try {
    for (const [file, bytes] of files) {
      const printedThere = await prometheus.reload(bytes).catch(async () => {
        // There are configs that end it: a `refresh_interval` of 0, for one.
        await prometheus.stop()
        prometheus = await start()
        return undefined
      })
      // It finds a fault of its own then, such as a file of rules that is missing.
      if (printedThere === undefined) continue
      const config = printedThere
      // It prints texts that have such line ends in ways that nothing reads again.
      if (/[\u2028\u2029]/u.test(config)) continue
      // A file without any key: Prometheus shows no defaults then, and has no use for them.
      if (!config.includes('scrape_interval')) continue
      const printed = printConfig(await loadConfig(file, { mechanisms: allMechanisms(), env }))
      // The path of Prometheus' config has no folder.
      const ours = withoutFolder(load(printed), `${path.dirname(file)}/`)
      const lines = differences(load(config), ours).filter((line) => !printedOtherwise(line))
      if (lines.length > 0)
        found.push(`${path.basename(file)}: ${lines.join('; ')}\n${bytes.toString()}`)
    }
  } finally {
    await prometheus.stop()
  }
  return found
}

/** A plain value whose texts do not have the folder. */
function withoutFolder(value: unknown, folder: string): unknown {
  if (typeof value === 'string') return value.replaceAll(folder, '')
  if (Array.isArray(value)) return value.map((item) => withoutFolder(item, folder))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutFolder(item, folder)]),
  )
}

/** What `muster check config` says. */
function muster(file: string): Promise<Verdict> {
  return checked(file, false)
}

/** The same with `--syntax-only`. */
function mustersSyntax(file: string): Promise<Verdict> {
  return checked(file, true)
}

async function checked(file: string, syntaxOnly: boolean): Promise<Verdict> {
  const said: string[] = []
  const options: CheckConfigOptions = {
    mechanisms: allMechanisms(),
    syntaxOnly,
    lint: parseLint('none').lint,
    lintIsFatal: false,
    ignoreUnknownFields: false,
    lookbackMs: 300_000,
  }
  const output = { out: () => undefined, err: (line: string) => void said.push(line) }
  const code = await checkConfigs([file], options, output)
  return code === 0 ? undefined : said.join(' ').replaceAll('\n', ' ')
}

/** What is said of a rule file. */
async function mustersRules(file: string): Promise<Verdict> {
  const said: string[] = []
  const options = { lint: parseLint('none').lint, ignoreUnknownFields: false }
  const output = { out: () => undefined, err: (line: string) => void said.push(line) }
  const result = await checkRuleFiles([file], options, output)
  return result === verdict.good ? undefined : said.join(' ').replaceAll('\n', ' ')
}

/** What is said of a web config. */
function mustersWeb(file: string): Promise<Verdict> {
  try {
    checkWebConfig(file)
    return Promise.resolve(undefined)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return Promise.resolve(message.replaceAll('\n', ' '))
  }
}

/** What promtool says of these files; nothing of those that make it crash. */
async function promtool(
  command: readonly string[],
  files: readonly string[],
  binary = requirePeer('promtool'),
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  for (let left = files; left.length > 0; ) {
    const { stdout, stderr } = await run(binary, [...command, ...left])
    const checked = stdout.split('Checking ').slice(1)
    const failures = stderr.split(/^ {2}FAILED:/mu).slice(1)
    for (const part of checked) {
      const [file = '', ...said] = part.split('\n')
      if (
        said.some((line) => /^ {1,2}SUCCESS: .*(?:valid|rules found|rule files found)/u.test(line))
      )
        verdicts.set(file, undefined)
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
  binary: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(binary, args, { maxBuffer: 1 << 26 }, (_, stdout, stderr) => {
      resolve({ stdout, stderr })
    })
  })
}
