import { once } from 'node:events'
import {
  Agent,
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Gate, Group, httpServerActor } from '../../src/run/index.js'

const agents: Agent[] = []
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy()
})

/** A server whose answers the test gives, run as the only actor of a group. */
async function setUp(drainMs?: number) {
  const requests: ServerResponse[] = []
  const server = createServer((_request, response) => requests.push(response))
  const listening = new Gate('listening')
  const cuts: number[] = []
  const group = new Group().add(
    httpServerActor({
      server,
      listen: { host: '127.0.0.1', port: 0 },
      ready: listening,
      onCut: (connections) => cuts.push(connections),
      ...(drainMs === undefined ? {} : { drainMs }),
    }),
  )
  const run = group.run()
  await listening.opened
  const { port } = server.address() as AddressInfo
  return { server, group, run, requests, cuts, port }
}

/** Sends a request over a connection that the client wants to keep. */
function request(port: number): Promise<IncomingMessage> {
  const agent = new Agent({ keepAlive: true })
  agents.push(agent)
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, resolve).on('error', reject)
  })
}

async function text(message: AsyncIterable<unknown>): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of message) chunks.push(String(chunk))
  return chunks.join('')
}

async function nextRequest(server: Server): Promise<void> {
  await once(server, 'request')
}

describe('an HTTP server that is interrupted', () => {
  it('ends at once where nothing is in progress, idle connections or not', async () => {
    const { server, group, run, requests, port } = await setUp()
    const answer = request(port)
    await nextRequest(server)
    requests[0]?.end('one')
    expect(await text(await answer)).toBe('one')
    group.interrupt()
    await run
    expect(server.listening).toBe(false)
  })

  it('lets a request in progress end, says it is the last, and takes no new connection', async () => {
    const { server, group, run, requests, port } = await setUp()
    const answer = request(port)
    await nextRequest(server)
    group.interrupt()
    await expect(request(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    requests[0]?.end('late')
    const message = await answer
    expect(message.headers.connection).toBe('close')
    expect(await text(message)).toBe('late')
    await run
  })

  it.each([
    { title: 'has just come', sent: '' },
    { title: 'has sent half of its first request', sent: 'GET / HTTP/1.1\r\n' },
  ])('answers the request of a connection that $title', async ({ sent }) => {
    const { server, group, run, requests, cuts, port } = await setUp()
    const client = connect(port, '127.0.0.1')
    await once(server, 'connection')
    if (sent !== '') client.write(sent)
    group.interrupt()
    const rest = sent === '' ? 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' : 'Host: a\r\n\r\n'
    client.write(rest)
    await nextRequest(server)
    requests[0]?.end('served')
    expect(await text(client)).toContain('served')
    await run
    expect(cuts).toEqual([])
  })

  it('does not wait for the keep-alive time of an answer whose head was sent before', async () => {
    const { server, group, run, requests, cuts, port } = await setUp()
    server.keepAliveTimeout = 600_000
    const answer = request(port)
    await nextRequest(server)
    requests[0]?.write('head is out, ')
    const message = await answer
    expect(message.headers.connection).toBe('keep-alive')
    group.interrupt()
    requests[0]?.end('body follows')
    expect(await text(message)).toBe('head is out, body follows')
    await run
    expect(cuts).toEqual([])
  })

  it('cuts what is left when the time to drain is over, and says how many', async () => {
    const { server, group, run, cuts, port } = await setUp(10)
    const answer = request(port).catch((error: unknown) => error)
    await nextRequest(server)
    group.interrupt()
    await run
    expect(cuts).toEqual([1])
    expect(await answer).toMatchObject({ code: 'ECONNRESET' })
  })

  it('cuts connections that were taken over by another protocol too', async () => {
    const { server, group, run, cuts, port } = await setUp(10)
    server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching\r\n\r\n'))
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    group.interrupt()
    await run
    await closed
    expect(cuts).toEqual([1])
  })

  it('before it listens, does not listen', async () => {
    const server = createServer()
    const actor = httpServerActor({ server, listen: { host: '127.0.0.1', port: 0 } })
    const over = actor.execute()
    await actor.interrupt(undefined)
    await over
    expect(server.listening).toBe(false)
    const late = httpServerActor({ server: createServer(), listen: { port: 0 } })
    await late.interrupt(undefined)
    await late.execute()
  })
})

describe('an HTTP server actor', () => {
  it('takes a server that listens already', async () => {
    const server = createServer((_request, response) => response.end('here'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const group = new Group().add(httpServerActor({ server }))
    const run = group.run()
    const { port } = server.address() as AddressInfo
    expect(await text(await request(port))).toBe('here')
    group.interrupt()
    await run
  })

  it('rejects when it cannot listen', async () => {
    const { group, run, port } = await setUp()
    const second = httpServerActor({ server: createServer(), listen: { host: '127.0.0.1', port } })
    await expect(new Group().add(second).run()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    group.interrupt()
    await run
  })

  it('leaves no listener of its own on the server', async () => {
    const { server, group, run } = await setUp()
    group.interrupt()
    await run
    const left = ['connection', 'close', 'error', 'listening'].map((name) =>
      server.listenerCount(name),
    )
    expect(left).toEqual(createServerListeners())
    expect(server.listenerCount('request')).toBe(1)
  })
})

/** How many listeners a server of Node has by itself, in the same order. */
function createServerListeners(): readonly number[] {
  const server = createServer()
  return ['connection', 'close', 'error', 'listening'].map((name) => server.listenerCount(name))
}
