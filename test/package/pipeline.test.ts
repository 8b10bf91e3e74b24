import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const built = path.join(root, 'dist/bin/muster.js')

interface Step {
  readonly name: string
  readonly shell: string
  readonly env: Readonly<Record<string, string>>
  readonly run: string
}

const action = load(readFileSync(path.join(root, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly default?: string }>
  >
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}
const hooks = load(readFileSync(path.join(root, '.pre-commit-hooks.yaml'), 'utf8')) as readonly {
  readonly id: string
  readonly entry: string
  readonly files: string
  readonly pass_filenames?: boolean
}[]

const config = `scrape_configs:
  - job_name: node
    scrape_interval: 100y
    relabel_configs:
      - source_labels: [stage]
        regex: test
        action: drop
    static_configs:
      - targets: ["127.0.0.9:1", "127.0.0.9:2"]
      - targets: ["127.0.0.9:3"]
        labels: {stage: test}
`
const tests = `config_file: prometheus.yml
job: node
tests:
  - {name: test machines go, labels: {__address__: "a:1", stage: test}, expect: {dropped: true}}
`

/** What `gh` is in the tests: it writes down what it is asked for, and knows the comments of a file. */
const gh = `#!/bin/sh
echo "$*" >> "$GH_CALLS"
case "$*" in *--paginate*) cat "$GH_COMMENTS" ;; esac
`

let folder = ''
const at = (name: string): string => path.join(folder, name)

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: at('repository'),
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { code: status, out: stdout + stderr }
}

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.net', '-c', 'commit.gpgsign=false']
  const { code, out } = run('git', [...who, ...args])
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${out}`)
  return out.trim()
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'muster-pipeline-'))
  for (const name of ['repository', 'bin']) mkdirSync(at(name))
  writeFileSync(at('bin/gh'), gh)
  writeFileSync(at('bin/muster'), `#!/bin/sh\nexec "${process.execPath}" "${built}" "$@"\n`)
  for (const name of ['gh', 'muster']) chmodSync(at(`bin/${name}`), 0o755)
  writeFileSync(at('comments'), '')
  writeFileSync(at('repository/prometheus.yml'), config)
  writeFileSync(at('repository/a.muster-test.yml'), tests)
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message=base')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs a step of the action as GitHub does, with inputs in place of the expressions. */
function step(name: string, inputs: Readonly<Record<string, string>>, event = {}) {
  const found = action.runs.steps.find((one) => one.name === name)
  if (found === undefined) throw new Error(`the action has no step ${name}`)
  const values: Readonly<Record<string, string | undefined>> = {
    ...Object.fromEntries(
      Object.entries(action.inputs).map(([key, input]) => [`inputs.${key}`, input.default]),
    ),
    ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`inputs.${key}`, value])),
    ...event,
  }
  const env = Object.fromEntries(
    Object.entries(found.env).map(([key, written]) => [
      key,
      written.replace(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => values[expression] ?? ''),
    ]),
  )
  writeFileSync(at('step.sh'), found.run)
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', at('step.sh')], {
    ...env,
    PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
    RUNNER_TEMP: folder,
    GITHUB_REPOSITORY: 'some/repository',
    GITHUB_STEP_SUMMARY: at('summary.md'),
    GH_CALLS: at('calls'),
    GH_COMMENTS: at('comments'),
  })
}

const local = { command: 'muster' }

describe('the GitHub Action', () => {
  it('is made of steps in bash, and no input is put into a script', () => {
    expect(action.runs.using).toBe('composite')
    for (const { shell, run: script } of action.runs.steps) {
      expect(shell).toBe('bash')
      expect(script).not.toContain('${{')
    }
  })

  it('tests, with a limit for the coverage and a report', () => {
    expect(step('muster test', { ...local, 'min-coverage': '100%', junit: 'junit.xml' })).toEqual({
      code: 0,
      out: '1 passed, 0 failed, 0 could not be run\n',
    })
    expect(readFileSync(at('repository/junit.xml'), 'utf8')).toContain('<testsuite ')
  })

  it('fails with an annotation where a test fails', () => {
    writeFileSync(at('repository/a.muster-test.yml'), tests.replace('dropped', 'active'))
    const { code, out } = step('muster test', local)
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('::error file=a.muster-test.yml,line=4,'),
    ])
  })

  it('leaves out the tests where there are none', () => {
    expect(step('muster test', { ...local, tests: '' })).toEqual({ code: 0, out: '' })
  })

  it('looks for mistakes, unless it is told not to', () => {
    expect(step('muster lint', local).code).toBe(0)
    writeFileSync(
      at('repository/prometheus.yml'),
      config.replace('[stage]', '[__meta_consul_tags]'),
    )
    const { code, out } = step('muster lint', { ...local, 'lint-args': '--fatal' })
    expect([code, out]).toEqual([3, expect.stringContaining('M102')])
    expect(step('muster lint', { ...local, lint: 'false' })).toEqual({ code: 0, out: '' })
  })

  it('makes the plan of a pull request a comment, and replaces it', () => {
    const base = git('rev-parse', 'HEAD')
    const flags = ['record', '--config.file=prometheus.yml', `--out=${at('snap.muster')}`]
    expect(run(at('bin/muster'), flags).code).toBe(0)
    writeFileSync(at('repository/prometheus.yml'), config.replace('regex: test', 'regex: "|test"'))
    const event = {
      'github.event.pull_request.base.sha': base,
      'github.event.pull_request.number': '7',
    }
    const inputs = { ...local, snapshot: at('snap.muster'), 'plan-args': '--max-removed=100%' }
    const { code, out } = step('muster plan', inputs, event)
    expect([code, out]).toEqual([0, expect.stringContaining('−2 targets')])
    expect(readFileSync(at('summary.md'), 'utf8')).toContain('−2 targets')
    const made = readFileSync(at('calls'), 'utf8')
    expect(made).toContain('--method POST repos/some/repository/issues/7/comments')
    writeFileSync(at('comments'), '4711\n')
    expect(step('muster plan', { ...inputs, 'plan-args': '--max-removed=1' }, event).code).toBe(1)
    const replaced = readFileSync(at('calls'), 'utf8').slice(made.length)
    expect(replaced).toContain('--method PATCH repos/some/repository/issues/comments/4711')
    expect(git('status', '--porcelain')).toBe('M prometheus.yml')
  })

  it('makes no plan without a snapshot, nor outside of a pull request', () => {
    expect(step('muster plan', local)).toEqual({ code: 0, out: '' })
    expect(step('muster plan', { ...local, snapshot: 'x' })).toEqual({ code: 0, out: '' })
  })
})

/** Runs a hook as pre-commit does, on files that it is for. */
function hook(id: string, ...files: readonly string[]) {
  const found = hooks.find((one) => one.id === id)
  if (found === undefined) throw new Error(`there is no hook ${id}`)
  const wanted = files.filter((file) => new RegExp(found.files).test(file))
  expect(wanted).toEqual(files)
  const [command = '', ...args] = found.entry.split(' ')
  const named = found.pass_filenames === false ? [] : wanted
  return run(at(`bin/${command}`), [...args, ...named])
}

describe('the pre-commit hooks', () => {
  it('test all when a file changes', () => {
    expect(hook('muster-test', 'prometheus.yml').out).toContain('1 passed')
    writeFileSync(at('repository/a.muster-test.yml'), tests.replace('dropped', 'active'))
    expect(hook('muster-test', 'a.muster-test.yml').code).toBe(1)
  })

  it.each(['muster-check-config', 'muster-lint'])('%s looks at the configs that change', (id) => {
    expect(hook(id, 'prometheus.yml').code).toBe(0)
    writeFileSync(at('repository/prometheus.yml'), 'scrape_config: []\n')
    expect(hook(id, 'prometheus.yml').code).not.toBe(0)
  })
})
