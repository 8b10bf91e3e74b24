import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { until, Workspace } from '../helpers/daemon.js'
import { shows } from './harness/endure.js'
import { configOf, ProbedDaemon } from './harness/probed-daemon.js'
import { timeless } from './harness/row.js'
import { noMoreThan } from './harness/vitals.js'

const section = `file_sd_configs: [{files: ['x.json']}]`
const good = configOf(['a'], section)
const name = 'prometheus.yml'

interface ConfigFault {
  readonly fault: string
  readonly says: RegExp
  readonly begin: (files: Workspace) => void
  /** Makes room for a good file. */
  readonly end?: (files: Workspace) => void
}

const faults: readonly ConfigFault[] = [
  {
    fault: 'the config file is half-written',
    says: /prometheus\.yml:\d+:\d+/,
    begin: (files) => files.write(name, good.slice(0, good.indexOf('x.json'))),
  },
  {
    fault: 'the config file is deleted',
    says: /no such file or directory/,
    begin: (files) => unlinkSync(files.path(name)),
  },
  {
    fault: 'the config file is replaced by a directory (unreadable)',
    says: /is a directory/,
    begin(files) {
      unlinkSync(files.path(name))
      mkdirSync(files.path(name))
    },
    end: (files) => rmSync(files.path(name), { recursive: true }),
  },
  {
    fault: 'the config file is replaced by rename, with one that is wrong',
    says: /did you mean .*scrape_configs/,
    begin: (files) => renameSync(files.write('new.yml', 'scrape_config: []\n'), files.path(name)),
  },
  {
    fault: 'a symlink on the way to the config file is swapped, to one that is wrong',
    says: /prometheus\.yml:\d+:\d+/,
    begin(files) {
      mkdirSync(files.path('v2'))
      files.write('v2/prometheus.yml', 'scrape_configs: [{job_name: }]\n')
      symlinkSync('v2', files.path('..data'))
      symlinkSync(`..data/${name}`, files.path('link'))
      renameSync(files.path('link'), files.path(name))
    },
    end: (files) => unlinkSync(files.path(name)),
  },
  {
    fault: 'the config file becomes a link to a device without an end',
    says: /not a regular file/,
    begin(files) {
      unlinkSync(files.path(name))
      symlinkSync('/dev/zero', files.path(name))
    },
    end: (files) => unlinkSync(files.path(name)),
  },
  {
    fault: 'the config file has 100 MB',
    says: /larger than the limit of 64 MiB/,
    // By rename: what is half written, or empty, may be a config that loads.
    begin: (files) =>
      renameSync(files.write('new.yml', good + '# nothing\n'.repeat(1e7)), files.path(name)),
  },
]

const auto = ['--config.auto-reload', '--config.auto-reload-interval=1s']

describe('the config file', () => {
  for (const fault of faults) {
    it(fault.fault, async ({ task }) => {
      const { shown, recoveryMs } = await survive(fault, [])
      task.meta.faultRow = {
        part: 'config file',
        fault: fault.fault,
        kept: 'the config and all targets; changes of targets are followed',
        shown,
        recoveryMs,
      }
    })
  }

  it.each(faults)('$fault, and it is looked at every second', async (fault) => {
    await survive(fault, auto)
  })
})

/** Puts a daemon through a config file that it cannot use. */
async function survive(
  { begin, says, end }: ConfigFault,
  args: readonly string[],
): Promise<{ readonly shown: string; readonly recoveryMs: number }> {
  const isAuto = args.length > 0
  const files = new Workspace()
  const list = (...targets: readonly string[]): string =>
    files.write('x.json', JSON.stringify([{ targets }]))
  list('x:1')
  const rig = await ProbedDaemon.start(section, files, args)
  const isInForce = async (): Promise<boolean> =>
    /^prometheus_config_last_reload_successful 1$/m.test(await rig.metrics())
  await rig.reload(['a'])
  await shows(rig, ['a'], ['x:1'])
  const vitals = await rig.vitals()

  const logged = rig.log().length
  begin(files)
  let shown = ''
  if (!isAuto) {
    const answer = await rig.ask('POST', '/-/reload')
    expect(answer).toMatchObject({ status: 500, body: expect.stringMatching(says) })
    shown = answer.body
  }
  await until(`the log says ${String(says)}`, () => says.test(rig.log().slice(logged)))
  await until('the metric says so', async () => !(await isInForce()))
  await shows(rig, ['a'], ['x:1'])
  list('x:2')
  await shows(rig, ['a'], ['x:2'])

  end?.(files)
  const ended = performance.now()
  if (isAuto) files.write(name, configOf(['a', 'b'], section))
  else await rig.reload(['a', 'b'])
  await shows(rig, ['a', 'b'], ['x:2'])
  await until('the metric says that all is well', isInForce)
  const recoveryMs = performance.now() - ended
  await rig.reload(['a'])
  await shows(rig, ['a'], ['x:2'])
  await noMoreThan(vitals, () => rig.vitals())
  return { shown: timeless(shown), recoveryMs }
}
