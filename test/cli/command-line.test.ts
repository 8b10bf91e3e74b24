import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type KnownWords, readCommandLine } from '../../src/cli/command-line.js'
import { UsageError } from '../../src/cli/flags.js'
import { prometheusFlags } from '../../src/cli/prometheus-flags.js'
import { Daemon, Workspace } from '../helpers/daemon.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'

const words: KnownWords = {
  commands: ['check', 'why', 'version', 'help'],
  flags: new Map([
    ['config.file', { takesValue: true }],
    ['config.auto-reload', { takesValue: false }],
    ['log.level', { takesValue: true }],
  ]),
}

describe('a command line', () => {
  it.each([
    {
      name: 'keeps what is of muster',
      args: ['--config.file', 'p.yml', '--log.level=warn', '-h'],
      kept: ['--config.file', 'p.yml', '--log.level=warn', '-h'],
      unused: [],
    },
    {
      name: 'drops a flag of Prometheus with its value, however that is written',
      args: ['--storage.tsdb.path=/x', '--query.timeout', '2m', '--config.file=p.yml'],
      kept: ['--config.file=p.yml'],
      unused: ['--storage.tsdb.path', '--query.timeout'],
    },
    {
      name: 'drops a switch of Prometheus, on or off',
      args: ['--agent', '--no-auto-gomaxprocs', '--no-web.enable-admin-api'],
      kept: [],
      unused: ['--agent', '--no-auto-gomaxprocs', '--no-web.enable-admin-api'],
    },
    {
      name: 'names a flag once that is repeated',
      args: ['--enable-feature=a', '--enable-feature=b,c'],
      kept: [],
      unused: ['--enable-feature'],
    },
    {
      name: 'takes the feature auto-reload-config for the flag it became',
      args: ['--enable-feature', 'x,auto-reload-config'],
      kept: ['--config.auto-reload'],
      unused: ['--enable-feature'],
    },
    {
      name: 'takes a value for no flag',
      args: ['--config.file', '--agent', '--agent'],
      kept: ['--config.file', '--agent'],
      unused: ['--agent'],
    },
    {
      name: 'leaves alone what a command is given',
      args: ['check', '--query.lookback-delta=5m', 'config', '--agent', 'p.yml'],
      kept: ['check', '--query.lookback-delta=5m', 'config', '--agent', 'p.yml'],
      unused: [],
    },
  ])('$name', ({ args, kept, unused }) => {
    expect(readCommandLine(args, words)).toEqual({ args: kept, unused })
  })

  it.each([
    ['chek', '"chek" is not a command: did you mean "check"?'],
    ['helpp', '"helpp" is not a command: did you mean "help"?'],
    ['start', '"start" is not a command: the commands are check, why, version, help'],
    [
      'prometheus.yml',
      '"prometheus.yml" is not a command: give a config as --config.file, or check it with muster check config',
    ],
    ['\u001B[2J', '"\\x1b[2J" is not a command: the commands are check, why, version, help'],
    ['--storage.tsdb.pth=/x', 'unknown flag --storage.tsdb.pth: did you mean --storage.tsdb.path?'],
    ['-config.file=x', 'unknown flag -config.file: flags begin with two dashes, --config.file'],
    ['--storage.tsdb.path', '--storage.tsdb.path: a value is missing'],
    [
      '--web.enable-admin-api',
      '--web.enable-admin-api: muster stores no samples, so it has no admin API: leave the flag out',
    ],
    [
      '--web.enable-remote-write-receiver',
      '--web.enable-remote-write-receiver: muster takes no samples and would lose those it is sent: ' +
        'send them to a Prometheus, and leave the flag out',
    ],
  ])('is refused for %j', (arg, message) => {
    expect(() => readCommandLine([arg], words)).toThrow(new UsageError(message))
  })

  it('is refused for help with what is not a command', () => {
    expect(() => readCommandLine(['help', 'chek'], words)).toThrow(/did you mean "check"/)
  })
})

describeWithPeers('the real Prometheus', ['prometheus'], () => {
  it('has no flag that muster does not know', async () => {
    const run = promisify(execFile)
    const { stdout, stderr } = await run(requirePeer('prometheus'), ['--help'])
    const shown = `${stdout}${stderr}`.matchAll(
      /^ +(?:-h, )?--(\[no-\])?([a-z.-]+[a-z])(?=[ =]|$)/gmu,
    )
    const theirs = [...shown].map(([, no, name = '']) => ({ name, isSwitch: no !== undefined }))
    expect(theirs.length).toBeGreaterThan(40)
    const helped = Daemon.spawn(['--help'])
    await helped.exited
    const unknown = theirs.filter(
      ({ name, isSwitch }) =>
        !new RegExp(`--${name.replaceAll('.', '\\.')}[ \n]`, 'u').test(helped.stdout) &&
        !prometheusFlags.some((flag) => flag.name === name && flag.isSwitch === isSwitch),
    )
    expect(unknown.map(({ name }) => name)).toEqual(['help-long'])
  })
})

/** The lines of a log in JSON. */
function json(text: string): readonly Readonly<Record<string, string>>[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, string>)
}

describe('the program', () => {
  it.each(['version', '--version'])('says its version for %s', async (arg) => {
    const daemon = Daemon.spawn([arg])
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
    expect(daemon.stdout).toMatch(/^muster, version \d+\.\d+\.\d+ \(node v\d+\.\d+\.\d+\)\n$/)
  })

  it('says what it takes for help', async () => {
    const [help, flag] = [Daemon.spawn(['help']), Daemon.spawn(['--help'])]
    expect(await help.exited).toEqual({ code: 0, signal: null })
    await flag.exited
    expect(help.stdout).toBe(flag.stdout)
  })

  it('runs with flags of Prometheus, says so in one line, and writes JSON alone if that is asked for', async () => {
    const workspace = new Workspace()
    const file = workspace.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
    const daemon = await Daemon.start(file, [
      '--log.format=json',
      '--storage.tsdb.path=/x',
      '--web.page-title',
      'X',
    ])
    await fetch(`${daemon.url}/-/ready`)
    daemon.kill('SIGTERM')
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
    workspace.remove()
    const lines = json(daemon.stderr)
    expect(lines.filter(({ msg }) => msg === 'Flags that muster does not act on')).toEqual([
      expect.objectContaining({ flags: '--storage.tsdb.path, --web.page-title' }),
    ])
    expect(json(daemon.stdout).map(({ msg }) => msg)).toEqual([
      expect.stringContaining('muster is ready: open http://127.0.0.1:'),
    ])
  })

  it.each([
    {
      name: 'a warning of Node',
      code: 'process.emitWarning("odd", "OddWarning", "ODD1")',
      ends: 2,
      line: { level: 'WARN', msg: 'Warning of Node', name: 'OddWarning', code: 'ODD1', err: 'odd' },
    },
    {
      name: 'an error that nothing takes',
      code: 'throw new Error("broken", { cause: new Error("inside") })',
      ends: 1,
      line: { level: 'ERROR', msg: 'Fatal error', err: 'broken: inside' },
    },
    {
      name: 'a rejection that nothing takes',
      code: 'Promise.reject(new Error("broken"))',
      ends: 1,
      line: { level: 'ERROR', msg: 'Fatal error', err: 'broken' },
    },
  ])('writes $name as JSON', async ({ code, ends, line }) => {
    // It happens as soon as the program listens for faults.
    const preload = `const on = process.on
      process.on = function (name, ...rest) {
        const given = on.call(this, name, ...rest)
        if (name === 'uncaughtException') setImmediate(() => { ${code} })
        return given
      }`
    const daemon = Daemon.spawn(
      ['--log.format=json', '--config.file=/nowhere/p.yml', '--web.listen-address=127.0.0.1:0'],
      {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      },
    )
    expect((await daemon.exited).code).toBe(ends)
    expect(json(daemon.stderr)).toContainEqual(expect.objectContaining(line))
  })

  it.each([
    ['--log.format=json', '--nope'],
    ['--log.format', 'json', 'chek'],
  ])('refuses %s in JSON', async (...args) => {
    const daemon = Daemon.spawn(args)
    expect(await daemon.exited).toEqual({ code: 2, signal: null })
    expect(json(daemon.stderr)).toEqual([
      expect.objectContaining({ level: 'ERROR', msg: 'Error parsing command line arguments' }),
    ])
  })
})
