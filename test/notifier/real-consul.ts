import { expect, vi } from 'vitest'
import { requirePeer } from '../helpers/peers.js'
import { freePort } from './free-port.js'
import { startProcess } from './real-process.js'

/** Starts a Consul server that keeps nothing; gives its address. */
export async function startConsul(args: readonly string[] = []): Promise<string> {
  const [http, server, lan, wan] = await Promise.all([1, 2, 3, 4].map(freePort))
  startProcess(requirePeer('consul'), [
    'agent',
    '-dev',
    '-bind=127.0.0.1',
    '-dns-port=-1',
    '-grpc-port=-1',
    `-http-port=${String(http)}`,
    `-server-port=${String(server)}`,
    `-serf-lan-port=${String(lan)}`,
    `-serf-wan-port=${String(wan)}`,
    ...args,
  ])
  const address = `127.0.0.1:${String(http)}`
  await vi.waitFor(
    async () => {
      const leader = await fetch(`http://${address}/v1/status/leader`)
      expect(await leader.text()).toMatch(/:[0-9]+/)
    },
    { timeout: 25_000, interval: 100 },
  )
  return address
}

/** Registers one service of that name for each port. */
export async function registerServices(
  consul: string,
  name: string,
  ports: readonly number[],
): Promise<void> {
  for (const port of ports) {
    const id = `${name}-${String(port)}`
    const body = JSON.stringify({ Name: name, ID: id, Address: '127.0.0.1', Port: port })
    const url = `http://${consul}/v1/agent/service/register`
    expect((await fetch(url, { method: 'PUT', body })).status).toBe(200)
  }
}
