import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../host.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-completion-'))
const shells = ['bash', 'zsh', 'fish'] as const

beforeAll(async () => {
  for (const shell of shells) {
    const ran = run(['completion', shell])
    expect(await ran.code).toBe(0)
    writeFileSync(path.join(folder, shell), ran.stdout())
  }
  writeFileSync(path.join(folder, 'prometheus.yml'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

/** What bash would complete after these words. */
function bash(...words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(' ')
  const script = `source ./bash; COMP_WORDS=(muster ${list}); COMP_CWORD=${String(words.length)}
    _muster; printf '%s\\n' "\${COMPREPLY[@]}"`
  const out = execFileSync('bash', ['-u', '-c', script], { cwd: folder, encoding: 'utf8' })
  return out.split('\n').filter((line) => line !== '')
}

/** What fish would complete of a line. */
function fish(line: string): readonly string[] {
  const script = `source ./fish; complete -C ${JSON.stringify(line)}`
  const out = execFileSync('fish', ['--no-config', '-c', script], { cwd: folder, encoding: 'utf8' })
  return out.split('\n').flatMap((one) => (one === '' ? [] : [one.split('\t')[0] ?? '']))
}

const commands = ['check', 'why', 'targets', 'providers', 'completion']

describe('the completion of bash', () => {
  it.each<readonly [words: readonly string[], some: readonly string[], none: readonly string[]]>([
    [[''], commands, ['help', 'config']],
    [['ta'], ['targets'], ['why']],
    [['--log'], ['--log.level', '--log.format'], ['--job']],
    [['--log.level', ''], ['debug', 'info', 'warn', 'error'], ['targets']],
    [['--log.level', '=', 'd'], ['debug'], ['info']],
    [['--log.level', '='], ['debug', 'error'], []],
    [['--log.level', '=', 'debug', ''], commands, []],
    [['--log.level', 'debug', 'ch'], ['check'], []],
    [['check', ''], ['config', 'web-config', 'healthy', 'ready'], ['check']],
    [['check', 'config', '--li'], ['--lint', '--lint-fatal'], []],
    [['check', 'config', ''], ['prometheus.yml'], ['config']],
    [['--config.file', 'pro'], ['prometheus.yml'], []],
    [['targets', '-'], ['--state', '--watch', '-o', '--output'], ['--log.level']],
    [['targets', '--state', ''], ['active', 'dropped', 'failed', 'held', 'restored'], []],
    [['targets', '-o', ''], ['json', 'yaml', 'wide'], []],
    [['why', '-o', ''], ['json', 'yaml'], ['wide']],
    [['targets', ''], [], ['prometheus.yml']],
    [['completion', ''], ['bash', 'zsh', 'fish'], ['prometheus.yml']],
  ])('after %j', (words, some, none) => {
    const found = bash(...words)
    for (const word of some) expect(found).toContain(word)
    for (const word of none) expect(found).not.toContain(word)
  })
})

describe.skipIf(!has('fish'))('the completion of fish', () => {
  it.each<readonly [line: string, some: readonly string[]]>([
    ['muster ', commands],
    ['muster check ', ['config', 'ready']],
    ['muster --log.level=', ['--log.level=debug']],
    ['muster targets --state ', ['active', 'held']],
    ['muster completion ', ['bash', 'zsh']],
  ])('after %j', (line, some) => {
    expect(fish(line)).toEqual(expect.arrayContaining([...some]))
  })
})

describe.skipIf(!has('zsh'))('the completion of zsh', () => {
  it('is read, and has every command', () => {
    const out = execFileSync(
      'zsh',
      [
        '-f',
        '-c',
        'autoload -U compinit; compinit -u -D; source ./zsh; print $_comps[muster]; which _muster',
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(out.split('\n')[0]).toBe('_muster')
    for (const command of commands) expect(out).toContain(`${command}:`)
  })
})
