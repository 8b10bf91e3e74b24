import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { shows } from './harness/endure.js'
import { type Listing, startListing } from './harness/listing.js'
import { configOf, ProbedDaemon } from './harness/probed-daemon.js'
import type { Row } from './harness/row.js'
import { noMoreThan } from './harness/vitals.js'

const sectionOf = ({ address }: Listing): string =>
  `http_sd_configs: [{url: 'http://${address}/', refresh_interval: 1s}]`

const flag = (folder: string): readonly string[] => [`--discovery.state-dir=${folder}`]

/** The state files of a folder, with their paths. */
function stateFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.state'))
    .map((name) => path.join(folder, name))
}

/** Runs a daemon until it has these targets, and ends it well. Gives its only state file. */
async function earlierRun(files: Workspace, listing: Listing, folder: string): Promise<string> {
  const config = files.write('prometheus.yml', configOf(['a'], sectionOf(listing)))
  const daemon = await Daemon.start(config, flag(folder))
  try {
    await until('it has had an answer', () => listing.answers > 1)
    daemon.kill('SIGTERM')
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
  } finally {
    await daemon.stop()
  }
  const [file = ''] = stateFiles(folder)
  expect(readFileSync(file, 'utf8')).toContain('x:1')
  return file
}

function tell({ task }: TestContext, row: Omit<Row, 'part'>): void {
  task.meta.faultRow = { part: 'state folder', ...row }
}

const live = 'all targets: nothing needs the folder while the daemon runs'

describe('the state folder', () => {
  it('cannot be used', async (context) => {
    const [files, listing] = [new Workspace(), await startListing(['x:1'])]
    const folder = files.path('state')
    writeFileSync(folder, 'no folder')
    const rig = await ProbedDaemon.start(sectionOf(listing), files, flag(folder))
    await until('the log says so', () => rig.log().includes('Discovery state cannot be read'))
    await shows(rig, ['a'], ['x:1'])
    await until('the log says so', () => rig.log().includes('Discovery state cannot be written'))
    const vitals = await rig.vitals()
    listing.list(['x:2'])
    await rig.reload(['a', 'b'], 'beside')
    await shows(rig, ['a', 'b'], ['x:2'])
    await rig.reload(['a'])

    rmSync(folder)
    const ended = performance.now()
    await until('the state is written', () =>
      rig.log().includes('msg="Discovery state is written again"'),
    )
    const recoveryMs = performance.now() - ended
    const [file = ''] = stateFiles(folder)
    expect(readFileSync(file, 'utf8')).toContain('x:2')
    await shows(rig, ['a'], ['x:2'])
    await noMoreThan(vitals, () => rig.vitals())
    tell(context, {
      fault: 'the folder cannot be made, read or written',
      kept: live,
      shown: 'warnings in the log: state is not a folder',
      recoveryMs,
    })
  })

  it.for([
    {
      title: 'is on a disk that is full',
      fault: 'the disk of the folder is full',
      damage: (rig: ProbedDaemon, isBroken: boolean) => rig.fillDisk(isBroken),
      says: 'no space left on device',
    },
    {
      title: 'is on a disk that becomes read-only',
      fault: 'the disk of the folder becomes read-only',
      damage: (rig: ProbedDaemon, isBroken: boolean) => rig.lockDisk(isBroken),
      says: 'read-only file system',
    },
  ])('$title', async ({ fault, damage, says }, context) => {
    const [files, listing] = [new Workspace(), await startListing(['x:1'])]
    const folder = files.path('state')
    const rig = await ProbedDaemon.start(sectionOf(listing), files, flag(folder))
    await shows(rig, ['a'], ['x:1'])
    await until('the state is written', () => stateFiles(folder).length === 1)
    const [file = ''] = stateFiles(folder)
    const before = readFileSync(file, 'utf8')
    const vitals = await rig.vitals()

    await damage(rig, true)
    listing.list(['x:2'])
    await shows(rig, ['a'], ['x:2'])
    await until('the log says so', () =>
      new RegExp(`Discovery state cannot be written.*err="${says}"`).test(rig.log()),
    )
    expect(readFileSync(file, 'utf8')).toBe(before)
    await damage(rig, false)
    const ended = performance.now()
    await until('the state is written', () => readFileSync(file, 'utf8').includes('x:2'))
    const recoveryMs = performance.now() - ended
    await until('the log says so', () => rig.log().includes('Discovery state is written again'))
    expect(readdirSync(folder).sort()).toEqual(['owner.json', path.basename(file)].sort())
    await noMoreThan(vitals, () => rig.vitals())
    tell(context, {
      fault,
      kept: 'all targets, and the state file as it was',
      shown: `a warning in the log: ${says}`,
      recoveryMs,
    })
  })

  it('is given to two daemons', async (context) => {
    const [files, listing] = [new Workspace(), await startListing(['x:1'])]
    const folder = files.path('state')
    const one = await ProbedDaemon.start(sectionOf(listing), files, flag(folder))
    await shows(one, ['a'], ['x:1'])
    await until('the state is written', () => stateFiles(folder).length === 1)
    const two = await ProbedDaemon.start(sectionOf(listing), new Workspace(), flag(folder))
    const pid = String(one.daemon.child.pid)
    await until('the log says so', () =>
      new RegExp(`Discovery state folder is used by another process.*pid=${pid}`).test(two.log()),
    )
    listing.list(['x:2'])
    const ended = performance.now()
    for (const rig of [one, two]) await shows(rig, ['a'], ['x:2'])
    const recoveryMs = performance.now() - ended
    two.daemon.kill('SIGTERM')
    one.daemon.kill('SIGTERM')
    for (const { daemon } of [one, two]) {
      expect(await daemon.exited).toEqual({ code: 0, signal: null })
    }
    const [file = ''] = stateFiles(folder)
    expect(readdirSync(folder)).toEqual([path.basename(file)])
    expect(readFileSync(file, 'utf8')).toContain('x:2')
    expect(one.log()).not.toContain('Discovery state cannot')
    tell(context, {
      fault: 'two daemons have the same folder',
      kept: 'all targets of both; the last to write a file wins',
      shown: 'a warning in the log of the second: used by another process',
      recoveryMs,
    })
  })
})

interface StartFault {
  readonly fault: string
  /** What is done to the state file of the run before. */
  readonly damage: (file: string) => void
  readonly kept: string
  /** The targets until the server answers. */
  readonly during: readonly string[]
  /** A line of the log, and where it shows besides. */
  readonly logs: RegExp
  readonly shown: string
  /** Makes room for a good file. */
  readonly end?: (file: string) => void
}

const nothing = { kept: 'nothing of the run before', during: [] }
const ignored = (why: string): Pick<StartFault, 'logs' | 'shown'> => ({
  logs: new RegExp(`msg="Discovery state ignored".*${why}`),
  shown: `a warning in the log: ${why}`,
})

const startFaults: readonly StartFault[] = [
  {
    fault: 'muster starts while the server of target lists is out',
    damage: () => undefined,
    kept: 'all targets of the run before',
    during: ['x:1'],
    logs: /server returned HTTP status 500/,
    shown: 'failing: server returned HTTP status 500 Internal Server Error; `staleSince`',
  },
  {
    fault: 'muster starts while that server is out, and the state file is cut off',
    damage: (file) => truncateSync(file, 100),
    ...nothing,
    ...ignored('it is damaged'),
  },
  {
    fault: 'muster starts while that server is out, and the state file was changed',
    damage: (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('x:1', 'y:1')),
    ...nothing,
    ...ignored('it is damaged'),
  },
  {
    fault: 'muster starts while that server is out, and the state file is a directory (unreadable)',
    damage(file) {
      rmSync(file)
      mkdirSync(file)
    },
    ...nothing,
    ...ignored('is a directory'),
    end: (file) => rmSync(file, { recursive: true }),
  },
]

describe('a start with what an earlier run left behind', () => {
  for (const { fault, damage, kept, during, logs, shown, end } of startFaults) {
    it(fault, async (context) => {
      const [files, listing] = [new Workspace(), await startListing(['x:1'])]
      const folder = files.path('state')
      const file = await earlierRun(files, listing, folder)
      damage(file)
      listing.list(undefined)
      const rig = await ProbedDaemon.start(sectionOf(listing), files, flag(folder))
      await until('the log says so', () => logs.test(rig.log()))
      await shows(rig, ['a'], during)
      const vitals = await rig.vitals()
      await rig.reload(['a', 'b'], 'beside')
      await shows(rig, ['a', 'b'], during)
      await rig.reload(['a'])
      await shows(rig, ['a'], during)
      const [provider] = await rig.providers()
      expect(provider).toMatchObject({
        state: 'failing',
        staleSince: during.length > 0 ? expect.any(String) : null,
      })

      end?.(file)
      listing.list(['x:2'])
      const ended = performance.now()
      await shows(rig, ['a'], ['x:2'])
      await until('the provider is well', async () => {
        const [well] = await rig.providers()
        return well?.state === 'running'
      })
      const recoveryMs = performance.now() - ended
      await until('the state is written', () => readFileSync(file, 'utf8').includes('x:2'))
      await noMoreThan(vitals, () => rig.vitals())
      tell(context, { fault, kept, shown, recoveryMs })
    })
  }
})
