/**
 * The cost of muster-sd/run: 100,000 actors start and stop, and what its import adds to an empty script.
 *
 * Go's oklog/run takes 186 ms from the first `Add` until all run, and 126 ms from the first return to
 * that of `Run`, on two cores of the kind this was written on.
 */
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Actor, Group } from 'muster-sd/run'

const actors = 100_000
const rounds = 9

/** Milliseconds for one round: adding and starting all, and from the first end to the group's. */
async function round(): Promise<{ readonly start: number; readonly stop: number }> {
  const ends: (() => void)[] = []
  const idle = (i: number): Actor => {
    const over = new Promise<void>((resolve) => {
      ends.push(resolve)
    })
    return { name: String(i), execute: () => over, interrupt: () => ends[i]?.() }
  }
  const all = Array.from({ length: actors }, (_, i) => idle(i))
  const began = performance.now()
  const group = new Group()
  for (const actor of all) group.add(actor)
  const run = group.run()
  const started = performance.now()
  ends[0]?.()
  await run
  return { start: started - began, stop: performance.now() - started }
}

/** Milliseconds that a Node process takes which runs this code and nothing else. */
function nodeProcess(code: string): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - began
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function line(what: string, values: readonly number[]): string {
  return `${what.padEnd(34)} median ${median(values).toFixed(0).padStart(4)} ms, best ${Math.min(...values).toFixed(0)} ms`
}

const times: { readonly start: number; readonly stop: number }[] = []
for (let i = 0; i < rounds; i += 1) times.push(await round())
const empty: number[] = []
const imported: number[] = []
for (let i = 0; i < 15; i += 1) {
  // One after the other, so that a busy moment of the machine hits both.
  empty.push(nodeProcess(''))
  imported.push(nodeProcess("import 'muster-sd/run'"))
}
process.stdout.write(
  [
    line(
      '100,000 actors added and started',
      times.map(({ start }) => start),
    ),
    line(
      'first end to the end of the group',
      times.map(({ stop }) => stop),
    ),
    line('an empty script', empty),
    line("import 'muster-sd/run'", imported),
    `import 'muster-sd/run' adds ${(median(imported) - median(empty)).toFixed(1)} ms`,
    '',
  ].join('\n'),
)
