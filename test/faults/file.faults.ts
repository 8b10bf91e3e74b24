import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { describe, it } from 'vitest'
import { Workspace } from '../helpers/daemon.js'
import { endure, type Fault } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'

const section = `file_sd_configs: [{files: ['sd/*.json'], refresh_interval: 5m}]`
const listOf = (...targets: readonly string[]): string => JSON.stringify([{ targets }])
const half = (text: string): string => text.slice(0, text.length / 2)

/** A hundred megabytes of groups, and a mistake at the very end. */
function hundredMegabytes(): string {
  const group = JSON.stringify({ targets: ['big:1'], labels: { padding: 'x'.repeat(940) } })
  return `[${`${group},`.repeat(Math.ceil(1e8 / group.length))}`
}

interface FileFault extends Pick<Fault, 'fault' | 'kept' | 'says' | 'logs' | 'shown' | 'during'> {
  /** What happens to `sd/x.json`, and what ends it. */
  readonly begin: (files: Workspace) => void
  readonly end?: (files: Workspace) => void
}

const all = 'all targets'

const faults: readonly FileFault[] = [
  {
    fault: 'a file of targets is half-written',
    kept: all,
    says: /unexpected end of JSON input/,
    begin: (files) => files.write('sd/x.json', half(listOf('new:1', 'new:2'))),
  },
  {
    fault: 'a file of targets is emptied',
    kept: all,
    says: /unexpected end of JSON input/,
    begin: (files) => files.write('sd/x.json', ''),
  },
  {
    fault: 'a file of targets is replaced by a directory (unreadable)',
    kept: all,
    says: /not a regular file/,
    begin(files) {
      unlinkSync(files.path('sd/x.json'))
      mkdirSync(files.path('sd/x.json'))
    },
    end(files) {
      rmSync(files.path('sd/x.json'), { recursive: true })
      files.write('sd/x.json', listOf('x:2'))
    },
  },
  {
    fault: 'a file of targets becomes a link to nowhere',
    kept: all,
    says: /no such file|ENOENT/,
    begin(files) {
      unlinkSync(files.path('sd/x.json'))
      symlinkSync('nowhere', files.path('sd/x.json'))
    },
    end(files) {
      unlinkSync(files.path('sd/x.json'))
      files.write('sd/x.json', listOf('x:2'))
    },
  },
  {
    fault: 'a file of targets grows to 100 MB, with a mistake at its end',
    kept: all,
    says: /unexpected end of JSON input/,
    begin: (files) => files.write('sd/x.json', hundredMegabytes()),
  },
  {
    fault: 'a file of targets becomes a link to a device without an end',
    kept: all,
    says: /not a regular file/,
    begin(files) {
      unlinkSync(files.path('sd/x.json'))
      symlinkSync('/dev/zero', files.path('sd/x.json'))
    },
    end(files) {
      unlinkSync(files.path('sd/x.json'))
      files.write('sd/x.json', listOf('x:2'))
    },
  },
  {
    fault: 'a target comes with a label of 5 MB',
    kept: 'all other targets',
    logs: /Creating target failed.* more than 4194304 characters/,
    shown: 'an error in the log: the labels have more than 4194304 characters',
    begin: (files) =>
      files.write(
        'sd/x.json',
        JSON.stringify([
          { targets: ['x:1'] },
          { targets: ['big:1'], labels: { big: 'x'.repeat(5e6) } },
        ]),
      ),
  },
  {
    fault: 'a target comes to be in 30,000 groups',
    kept: all,
    shown: 'nothing is wrong: it is shown once, as in Prometheus',
    begin: (files) =>
      files.write('sd/x.json', `[${'{"targets":["x:1"]},'.repeat(29_999)}{"targets":["x:1"]}]`),
  },
  {
    fault: 'a file of targets is deleted',
    kept: 'the targets of other files',
    shown: 'nothing is wrong: its targets go, as in Prometheus',
    during: ['other:1'],
    begin: (files) => unlinkSync(files.path('sd/x.json')),
  },
  {
    fault: 'a file of targets is replaced by rename',
    kept: all,
    shown: 'nothing is wrong: the new file counts at once',
    during: ['other:1', 'renamed:1'],
    begin(files) {
      renameSync(files.write('sd/x.tmp', listOf('renamed:1')), files.path('sd/x.json'))
    },
  },
  {
    fault: 'a symlink on the way to a file is swapped (a mounted ConfigMap)',
    kept: all,
    shown: 'nothing is wrong: the new file counts at once',
    during: ['other:1', 'swapped:1'],
    begin(files) {
      mkdirSync(files.path('sd/v2'))
      files.write('sd/v2/x.json', listOf('swapped:1'))
      unlinkSync(files.path('sd/x.json'))
      symlinkSync('v2', files.path('sd/..data'))
      symlinkSync('..data/x.json', files.path('sd/x.json'))
    },
    end(files) {
      mkdirSync(files.path('sd/v3'))
      files.write('sd/v3/x.json', listOf('x:2'))
      symlinkSync('v3', files.path('sd/..data_tmp'))
      renameSync(files.path('sd/..data_tmp'), files.path('sd/..data'))
    },
  },
]

describe('files of targets', () => {
  for (const { begin, end, ...fault } of faults) {
    it(fault.fault, async (context) => {
      const files = new Workspace()
      mkdirSync(files.path('sd'))
      files.write('sd/x.json', listOf('x:1'))
      files.write('sd/other.json', listOf('other:1'))
      const rig = await ProbedDaemon.start(section, files)
      await endure(
        rig,
        {
          ...fault,
          mechanism: 'file',
          before: ['other:1', 'x:1'],
          begin: () => begin(files),
          end: () => (end ?? fixed)(files),
          after: ['other:1', 'x:2'],
        },
        context,
      )
    })
  }
})

function fixed(files: Workspace): void {
  files.write('sd/x.json', listOf('x:2'))
}
