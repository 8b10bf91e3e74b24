import net from 'node:net'
import { it } from 'vitest'
import { describeWithPeers } from '../helpers/peers.js'
import { afterLimit } from './harness/after-limit.js'
import { endure } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { RealConsul } from '../helpers/real-consul.js'

const section = (server: string): string =>
  `consul_sd_configs: [{server: '${server}', tags: [t], refresh_interval: 30s}]`

describeWithPeers('a real Consul at its limit of connections', ['consul'], () => {
  it('has its connections used up by others', async (context) => {
    const consul = await RealConsul.start()
    context.onTestFinished(() => consul.stop())
    await consul.register('a:1', 'b:1')
    const rig = await ProbedDaemon.start(section(consul.address))
    const others = new Set<net.Socket>()
    const release = (): void => {
      for (const socket of others) socket.destroy()
      others.clear()
    }
    context.onTestFinished(release)
    await endure(
      rig,
      {
        fault: 'other programs use up the connections that Consul takes',
        kept: 'all targets',
        mechanism: 'consul',
        before: ['a:1', 'b:1'],
        async begin() {
          await useUp(consul.address, others)
          await consul.register('b:2', 'c:1')
        },
        during: ['a:1', 'b:1', 'b:2', 'c:1'],
        logs: /Connections to Consul are limited/,
        shown: 'a warning in the log: the connections there are serve everything',
        async end() {
          release()
          await consul.deregister('c:1')
          await consul.register('a:2')
        },
        after: ['a:1', 'a:2', 'b:1', 'b:2'],
        settles: afterLimit,
      },
      context,
    )
  }, 600_000)
})
/** Opens connections until Consul closes the next one at once. */
async function useUp(address: string, open: Set<net.Socket>): Promise<void> {
  const [host = '', port = ''] = address.split(':')
  for (;;) {
    const socket = net.connect(Number(port), host)
    open.add(socket)
    // A request is answered, or not: only that tells that the connection was taken.
    socket.write('GET /v1/status/leader HTTP/1.1\r\nHost: x\r\n\r\n')
    const isTaken = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.once('close', () => {
        open.delete(socket)
        resolve(false)
      })
    })
    if (!isTaken) return
  }
}
