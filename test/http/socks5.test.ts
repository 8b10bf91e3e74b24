import net from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { socks5 } from '../../src/http/transport/socks5.js'
import { listen } from '../helpers/listen.js'
import { clientOf, serve, until } from './harness.js'

const target = { hostname: 'a.test', port: '80' }
const anonymous = { username: '', password: '' }
const login = { username: 'me', password: 'pw' }

/** A socket whose other end is the test. */
function scripted(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
}

/** Lets the socket tell what it was given, and the reader take it. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const accepted = [5, 0]
const connected = [5, 0, 0, 1, 127, 0, 0, 1, 0, 80]

describe('a SOCKS5 handshake', () => {
  it.each([
    { name: 'an IPv4 address', who: anonymous, answers: [accepted, connected] },
    {
      name: 'an IPv6 address',
      who: anonymous,
      answers: [accepted, [5, 0, 0, 4, ...Array.from({ length: 18 }, () => 0)]],
    },
    { name: 'a name', who: anonymous, answers: [accepted, [5, 0, 0, 3, 1, 97, 0, 80]] },
    { name: 'a login', who: login, answers: [[5, 2], [1, 0], connected] },
  ])('takes answers byte by byte, with $name', async ({ who, answers }) => {
    const socket = scripted()
    let over = false
    const done = socks5(socket, who, target).then(() => {
      over = true
    })
    for (const byte of answers.flat()) {
      expect(over).toBe(false)
      socket.push(Buffer.of(byte))
      await settle()
    }
    await done
    for (const event of ['readable', 'end', 'close', 'error']) {
      expect(socket.listenerCount(event), event).toBe(scripted().listenerCount(event))
    }
  })

  it('leaves in the socket what comes after the answer', async () => {
    const socket = scripted()
    const done = socks5(socket, anonymous, target)
    socket.push(Buffer.from([...accepted, ...connected, 104, 105]))
    await done
    expect(String(socket.read())).toBe('hi')
  })

  it.each([
    { name: 'garbage', answers: [...Buffer.from('HTTP/1.1 400')], says: 'does not speak SOCKS5' },
    { name: 'a login nobody asked for', answers: [5, 2], says: 'no method of authentication' },
    { name: 'another version later', answers: [5, 0, 4, 0, 0, 1], says: 'protocol version' },
    { name: 'what is reserved', answers: [5, 0, 5, 0, 1, 1], says: 'non-zero reserved field' },
    { name: 'an unknown address', answers: [5, 0, 5, 0, 0, 9], says: 'unknown address type' },
    { name: 'a failure', answers: [5, 0, 5, 5, 0, 1], says: 'connection refused' },
    {
      name: 'a login of another version',
      who: login,
      answers: [5, 2, 5, 0],
      says: 'invalid username/password version',
    },
  ])('refuses $name', async ({ answers, says, who = anonymous }) => {
    const socket = scripted()
    const done = socks5(socket, who, target)
    socket.push(Buffer.from(answers))
    await expect(done).rejects.toThrow(says)
  })

  it.each([0, 1, 2, 3, 6, 7, 11])('fails when the proxy hangs up after byte %i', async (bytes) => {
    const socket = scripted()
    const done = socks5(socket, anonymous, target)
    socket.push(Buffer.from([...accepted, ...connected].slice(0, bytes)))
    socket.push(null)
    await expect(done).rejects.toThrow('socks: the proxy hung up')
  })

  it.each([undefined, new Error('cut')])(
    'fails when the socket is destroyed with %s',
    async (why) => {
      const socket = scripted()
      const done = socks5(socket, anonymous, target)
      socket.push(Buffer.of(5))
      socket.destroy(why)
      await expect(done).rejects.toThrow(why?.message ?? 'socks: the proxy hung up')
    },
  )
})

describe('a client of a SOCKS5 proxy that stops in the middle of an answer', () => {
  it.each([1, 7])(
    'after %i bytes of it stays awake, has its time limit, and closes',
    async (bytes) => {
      const server = await serve((_, response) => response.end('other work goes on'))
      const proxy = await listen(
        net.createServer((client) => {
          client.once('data', () =>
            client.write(Buffer.from([...accepted, ...connected].slice(0, bytes))),
          )
        }),
      )
      const client = clientOf(`proxy_url: socks5://${proxy.address}\nno_proxy: 127.0.0.1`)
      await expect(client.request({ url: 'http://a.test/', timeoutMs: 100 })).rejects.toMatchObject(
        { kind: 'timeout' },
      )
      const other = await client.request({ url: server.url, timeoutMs: 20_000 })
      expect(other.body.toString()).toBe('other work goes on')
      await client.close()
      await until(() => proxy.sockets.size === 0)
    },
  )
})
