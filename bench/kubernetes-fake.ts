/** Runs a made-up API server with many pods in a process of its own; told over IPC what to change. */
import process from 'node:process'
import { addServices, ManyPods } from './kubernetes-pods.js'
import { FakeApiServer } from './kubernetes-server.js'

/** Changes pods, one after the other, at a rate. */
export interface Order {
  readonly changes: number
  readonly perSecond: number
}

/** What it says when it has done an {@link Order}, and at once when it is asked with `requests`. */
export interface Report {
  /** Requests so far. */
  readonly asked: number
  readonly lists: number
  /** The watches that are open, by what they watch: `pods`. */
  readonly watches: Readonly<Record<string, number>>
}

/** How often pods are changed while there is much to do; milliseconds. */
const tickMs = 10

const fake = await FakeApiServer.listen()
const pods = new ManyPods(Number(process.argv[2]))
fake.streamingLists = process.argv[3] === 'stream' ? 'yes' : 'refused'
// Above the versions that pods have at the beginning.
fake.version = 2_000_000_000
fake.add(pods)
if (process.argv[4] === 'services') addServices(fake, pods.count)

let next = 0
function change(): void {
  fake.version += 1
  pods.change(next, fake.version - 1_000_000_000)
  fake.change(pods, next)
  next = (next + 7919) % pods.count
}

function report(): Report {
  const watches: Record<string, number> = {}
  for (const { resource } of fake.watches) {
    const kind = resource.slice(resource.lastIndexOf('/') + 1)
    watches[kind] = (watches[kind] ?? 0) + 1
  }
  const lists = fake.asked.filter(({ isWatch }) => !isWatch).length
  return { asked: fake.asked.length, lists, watches }
}

process.on('message', (message: Order | 'report') => {
  if (message === 'report') {
    process.send?.(report())
    return
  }
  const { changes, perSecond } = message
  let left = changes
  const begin = performance.now()
  const changeThoseDue = (): void => {
    // The first one at once: how long it takes to be seen must not include a tick.
    const due = ((performance.now() - begin) / 1000) * perSecond
    while (left > 0 && changes - left <= due) {
      change()
      left -= 1
    }
    if (left > 0) return
    clearInterval(timer)
    process.send?.(report())
  }
  const timer = setInterval(changeThoseDue, tickMs)
  changeThoseDue()
})
process.send?.({ url: fake.url })
