import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { checkRuleFiles } from '../../src/cli/check/rule-files.js'
import { parseRulesLint } from '../../src/cli/check/lint.js'
import { checkExitCode } from '../../src/cli/check/verdict.js'
import { useFolder } from '../config/folder.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'

const folder = useFolder()

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

const files: Readonly<Record<string, string>> = {
  'good.yml': `groups: [{name: a, rules: [{record: b, expr: up}, {alert: c, expr: up, for: 5m}]}]\n`,
  'empty.yml': '',
  'twice.yml': `groups: [{name: a, rules: [{record: b, expr: up, labels: {x: y}}, {record: b, expr: up, labels: {x: y}}]}]\n`,
  'nothing.yml': `groups: [{name: a, rules: [{expr: up}]}]\n`,
  'unknown.yml': `groups: [{name: a, rules: [{record: b, expr: up, owner: me}]}]\n`,
  'repeated.yml': `groups: [{name: a}, {name: a}]\n`,
  'broken.yml': `groups: [\n`,
}

const calls: readonly (readonly [flags: string, names: string])[] = [
  ['', 'good.yml'],
  ['', 'good.yml empty.yml'],
  ['', 'twice.yml'],
  ['--lint=none', 'twice.yml'],
  ['--lint=all,none', 'twice.yml'],
  ['--lint-fatal', 'twice.yml'],
  ['--lint-fatal', 'nothing.yml twice.yml'],
  ['', 'nothing.yml good.yml'],
  ['', 'unknown.yml'],
  ['--ignore-unknown-fields', 'unknown.yml'],
  ['', 'repeated.yml'],
  ['', 'broken.yml'],
  ['--lint=too-long-scrape-interval', 'twice.yml'],
  ['--lint=M101', 'good.yml'],
]

/** What `muster check rules` says. */
async function checkRules(flags: string, names: readonly string[]): Promise<Said> {
  const said = { out: '', err: '' }
  const output = {
    out: (line: string) => void (said.out += `${line}\n`),
    err: (text: string) => void (said.err += `${text}\n`),
  }
  const { lint, unknown } = parseRulesLint(/--lint=(\S*)/.exec(flags)?.[1] ?? 'duplicate-rules')
  for (const word of unknown) output.out(`WARNING: unknown lint option: "${word}"`)
  const ignoreUnknownFields = flags.includes('--ignore-unknown-fields')
  const result = await checkRuleFiles(names, { lint, ignoreUnknownFields }, output)
  return { code: checkExitCode(result, flags.includes('--lint-fatal')), ...said }
}

async function writeFiles(names: string): Promise<readonly string[]> {
  return Promise.all(names.split(' ').map((name) => folder.write(name, files[name] ?? '')))
}

describe('muster check rules', () => {
  it('says for each file that cannot be read which one it is, and why', async () => {
    const missing = folder.path('none.yml')
    const directory = folder.path('')
    const good = await folder.write('good.yml', files['good.yml'] ?? '')
    const { code, err, out } = await checkRules('', [missing, directory, good])
    expect(code).toBe(1)
    expect(err).toBe(
      `  FAILED:\nopen ${missing}: no such file or directory\n  FAILED:\nopen ${directory}: is a directory\n`,
    )
    expect(out).toContain(`Checking ${good}\n  SUCCESS: 2 rules found\n`)
  })

  it('says where in the file something is wrong', async () => {
    const [file = ''] = await writeFiles('nothing.yml')
    const { err } = await checkRules('', [file])
    expect(err).toBe(
      `  FAILED:\n${file}:1:28: groups[0].rules[0]: one of 'record' or 'alert' must be set\n`,
    )
  })
})

describeWithPeers('check rules of muster and of promtool', ['promtool'], () => {
  it.each(calls)('say the same of %s %s', async (flags, names) => {
    const paths = await writeFiles(names)
    const theirs = await new Promise<Said>((resolve) => {
      const args = ['check', 'rules', ...(flags === '' ? [] : [flags]), ...paths]
      execFile(requirePeer('promtool'), args, (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), out, err })
      })
    })
    const ours = await checkRules(flags, paths)
    expect({ code: ours.code, out: ours.out }).toEqual({ code: theirs.code, out: theirs.out })
    // What is wrong with a file muster says with its place; all else is the same.
    if (!/\.yml: /.test(theirs.err)) expect(ours.err).toBe(theirs.err)
    else expect(ours.err.match(/^ {2}FAILED:$/gm)).toEqual(theirs.err.match(/^ {2}FAILED:$/gm))
  })
})
