/** Preloaded into the daemon by web.ts: tells over IPC how long the event loop was held. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { percentiles } from './report.js'

const delay = monitorEventLoopDelay({ resolution: 2 })
delay.enable()
// The daemon ends when its work does, whether or not anybody listens here.
process.channel?.unref()
process.on('message', (message) => {
  if (message === 'reset') delay.reset()
  const { heapUsed, rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  process.send?.({
    heldMs: percentiles.map((percentile) => delay.percentile(percentile) / 1e6),
    cpuMs: (user + system) / 1000,
    heapUsed,
    rss,
  })
})
