/** The daemon of the push bench, in a process of its own: its parent says when a group changes, and hears when that was. */
import process from 'node:process'
import { daemon } from 'muster-sd'
import type { Finding, TargetGroup } from 'muster-sd/discovery'
import { struct } from 'muster-sd/kit'
import { concat, of, Subject } from 'rxjs'

const [configFile = '', count = '1000'] = process.argv.slice(2)
const found = new Subject<Finding>()

const group = (source: number, version: number): TargetGroup => ({
  source: String(source),
  labels: { version: String(version) },
  targets: Array.from({ length: 10 }, (_, i) => ({
    __address__: `127.0.${String(source % 250)}.${String(Math.floor(source / 250))}:${String(9000 + i)}`,
  })),
})

const running = daemon({
  configFile,
  web: { listenAddresses: ['127.0.0.1:0'] },
  discovery: {
    mechanisms: [
      () => ({
        name: 'bench',
        key: 'bench_sd_configs',
        section: struct('bench', {}),
        create: () => ({
          findings() {
            const groups = Array.from({ length: Number(count) / 10 }, (_, at) => group(at, 0))
            return concat(of({ groups, complete: true as const }), found)
          },
        }),
      }),
    ],
  },
})

process.on('message', (message: { readonly change?: number }) => {
  if (message.change !== undefined) {
    const at = process.hrtime.bigint()
    found.next({ groups: [group(message.change % (Number(count) / 10), message.change)] })
    process.send?.({ at: String(at) })
    return
  }
  global.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  process.send?.({ bytes: heapUsed + external, rss, cpuMs: (user + system) / 1000 })
})
process.on('disconnect', () => process.exit(0))

running.ready.opened
  .then(() => process.send?.({ url: running.urls[0] }))
  .catch((error: unknown) => {
    throw error
  })
await running.run()
