/** Runs a made-up API server with many pods in a process of its own; told over IPC what to change. */
import process from 'node:process'
import { ManyPods } from './kubernetes-pods.js'
import { FakeApiServer } from './kubernetes-server.js'

/** Changes pods, one after the other, at a rate. */
export interface Order {
  readonly changes: number
  readonly perSecond: number
}

/** How often pods are changed while there is much to do; milliseconds. */
const tickMs = 10

const fake = await FakeApiServer.listen()
const pods = new ManyPods(Number(process.argv[2]))
fake.streamingLists = process.argv[3] === 'stream' ? 'yes' : 'refused'
// Above the versions that pods have at the beginning.
fake.version = 2_000_000_000
fake.add(pods)

let next = 0
function change(): void {
  fake.version += 1
  pods.change(next, fake.version - 1_000_000_000)
  fake.change(pods.resource, pods.object(next))
  next = (next + 7919) % pods.count
}

process.on('message', ({ changes, perSecond }: Order) => {
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
    process.send?.({ asked: fake.asked.length })
  }
  const timer = setInterval(changeThoseDue, tickMs)
  changeThoseDue()
})
process.send?.({ url: fake.url })
