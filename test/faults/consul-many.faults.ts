import { it } from 'vitest'
import { describeWithPeers } from '../helpers/peers.js'
import { afterLimit } from './harness/after-limit.js'
import { endure, shows } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { RealConsul } from '../helpers/real-consul.js'

const section = (server: string): string =>
  `consul_sd_configs: [{server: '${server}', tags: [t], refresh_interval: 30s}]`

/** Consul's own default of `limits.http_max_conns_per_client`. */
const limit = 200

describeWithPeers('a real Consul at its limit of connections', ['consul'], () => {
  it('is asked for more services than it takes connections', async (context) => {
    const consul = await RealConsul.start()
    context.onTestFinished(() => consul.stop())
    const many = Array.from({ length: limit + 50 }, (_, i) => `s${String(i)}:1`)
    const late = many.at(-1)?.replace(':1', ':2') ?? ''
    const few = many.slice(0, 10)
    await consul.register(...few)
    const rig = await ProbedDaemon.start(section(consul.address))
    await endure(
      rig,
      {
        fault: `a Consul that takes ${String(limit)} connections of one client gets ${String(many.length)} services`,
        kept: 'all targets, also of the services beyond the limit',
        mechanism: 'consul',
        before: few,
        async begin() {
          await consul.register(...many)
          await shows(rig, ['a'], many)
          // No connection waits for this one.
          await consul.register(late)
        },
        during: [...many, late],
        logs: /Connections to Consul are limited/,
        shown: 'a warning in the log: services beyond the limit are asked when something changed',
        async end() {
          await consul.register('s0:2')
          await consul.deregister(late, ...many.slice(10))
        },
        after: [...few, 's0:2'],
        settles: afterLimit,
      },
      context,
    )
  }, 600_000)
})
