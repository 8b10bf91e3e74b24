import { EventEmitter } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { Inputs } from '../../src/cli/test/inputs.js'
import { type RunOnce, watchInputs } from '../../src/cli/test/watch.js'
import { useFolder } from '../config/folder.js'

const folder = useFolder()

/** A watch, and a way to wait for the runs that it makes. */
function watching(
  inputs: readonly string[],
  duringRun: (run: number) => Promise<unknown> = () => Promise.resolve(),
) {
  const signals = new EventEmitter()
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  let runs = 0
  let ran: (() => void) | undefined
  /** Runs that were not waited for yet. */
  let open = 0
  const once: RunOnce = async () => {
    const seen = new Inputs()
    await seen.add(inputs)
    await duringRun(runs + 1)
    runs += 1
    open += 1
    ran?.()
    const result = { files: [], bailed: false, updated: [], coverage: undefined }
    return { code: runs, run: { result, inputs: seen.states } }
  }
  const ended = watchInputs(once, [folder.path('')], { signals, stdout: sink, stderr: sink })
  return {
    ended,
    signals,
    get runs() {
      return runs
    },
    async nextRun(): Promise<void> {
      if (open === 0) {
        await new Promise<void>((resolve) => {
          ran = resolve
        })
      }
      open -= 1
    },
    /** Waits for a run, and changes what the files are until there is one: the watch may just begin. */
    async runAfter(change: () => Promise<unknown>): Promise<void> {
      const next = this.nextRun().then(() => true)
      for (;;) {
        await change()
        const turn = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))
        if (await Promise.race([next, turn])) return
      }
    },
  }
}

it.each([
  ['a file that it read changes', 'prometheus.yml'],
  ['a file comes that it could not read', 'missing/nodes.json'],
  ['a test file comes', 'new.muster-test.yml'],
  ['a file comes that a pattern includes', 'jobs/b.yml'],
])('runs again when %s', async (_, name) => {
  await folder.write('prometheus.yml', 'a')
  await folder.write('jobs/a.yml', 'a')
  const inputs = ['prometheus.yml', 'missing/nodes.json', 'jobs/*.yml']
  const watch = watching(inputs.map((input) => folder.path(input)))
  await watch.nextRun()
  let text = ''
  await watch.runAfter(() => folder.write(name, (text += 'x')))
  watch.signals.emit('SIGINT')
  expect(await watch.ended).toBe(watch.runs)
})

it('runs again when a file is replaced by another one, as editors do', async () => {
  const file = await folder.write('prometheus.yml', 'a')
  const watch = watching([file])
  await watch.nextRun()
  await watch.runAfter(async () => {
    await writeFile(`${file}.new`, 'a')
    await rename(`${file}.new`, file)
  })
  watch.signals.emit('SIGTERM')
  await watch.ended
})

it.each([
  ['a file that the first run read', 'prometheus.yml', 1],
  ['a file that a later run read', 'prometheus.yml', 2],
  ['a test file that was not there', 'new.muster-test.yml', 1],
])('runs again when %s changes during that run', async (_, name, during) => {
  const file = await folder.write('prometheus.yml', 'a')
  const watch = watching([file], async (run) => {
    if (run === during) await folder.write(name, 'changed')
  })
  await watch.nextRun()
  if (during > 1) await watch.runAfter(() => folder.write('prometheus.yml', 'b'))
  while (watch.runs <= during) await watch.nextRun()
  watch.signals.emit('SIGINT')
  expect(await watch.ended).toBeGreaterThan(during)
})

it('does nothing for a file that is none of its own, and ends with the code of the last run', async () => {
  const file = await folder.write('prometheus.yml', 'a')
  const watch = watching([file])
  await watch.nextRun()
  await folder.write('other.txt', 'x')
  watch.signals.emit('SIGINT')
  expect(await watch.ended).toBe(1)
  expect(watch.signals.listenerCount('SIGINT')).toBe(0)
})
