import { Buffer } from 'node:buffer'
import type { Answer } from 'dns-packet'
import packet from 'dns-packet'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { queryServer } from '../../../src/mechanisms/dns/query.js'
import { type Asked, DnsTestServer, encodeReply, noError, type Reply, servFail } from './server.js'

const record: Answer = {
  type: 'A',
  name: 'a.example',
  data: '10.0.0.1',
  ttl: 0,
  class: 'IN',
  flush: false,
}
const question = { id: 4711, name: 'a.example.', type: 'A' } as const

async function ask(
  protocol: 'udp' | 'tcp',
  script: (asked: Asked) => Reply,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ server: DnsTestServer; answer: ReturnType<typeof queryServer> }> {
  const server = await DnsTestServer.listen(script)
  onTestFinished(() => server.close())
  const answer = queryServer(
    protocol,
    question,
    { address: '127.0.0.1', port: server.port },
    signal,
  )
  answer.catch(() => undefined)
  return { server, answer }
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(['udp', 'tcp'] as const)('a query over %s', (protocol) => {
  it('gives the records and the code', async () => {
    const { answer } = await ask(protocol, () => ({ records: [record], rcode: servFail }))
    expect(await answer).toEqual({ rcode: 'SERVFAIL', isTruncated: false, answers: [record] })
  })

  it('offers large answers over UDP only', async () => {
    const { server, answer } = await ask(protocol, () => ({ records: [] }))
    await answer
    expect(server.asked).toEqual([
      { name: 'a.example', type: 'A', protocol, ednsSize: protocol === 'udp' ? 4096 : undefined },
    ])
  })

  it('says that an answer was cut off, even one that cannot be read', async () => {
    const { answer } = await ask(protocol, () => ({
      bytes: (query) => [
        encodeReply(packet.decode(query), [record], noError, true).subarray(0, -3),
      ],
    }))
    expect(await answer).toMatchObject({ isTruncated: true })
  })

  it('fails on what is no DNS message', async () => {
    const { answer } = await ask(protocol, () => ({
      bytes: (query) => [
        Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80]), Buffer.from('nonsense!')]),
      ],
    }))
    await expect(answer).rejects.toMatchObject({ code: 'ERR_DISCOVERY_DNS' })
  })

  it('gives up after two seconds, and frees its socket and timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { answer } = await ask(protocol, () => 'silence')
    await vi.advanceTimersByTimeAsync(1_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await expect(answer).rejects.toThrow('i/o timeout')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends at once when it is aborted', async () => {
    const stop = new AbortController()
    const { answer } = await ask(protocol, () => 'silence', stop.signal)
    const reason = new Error('stopped')
    stop.abort(reason)
    await expect(answer).rejects.toBe(reason)
  })

  it('fails where no server listens', async () => {
    const server = await DnsTestServer.listen(() => 'silence')
    const { port } = server
    await server.close()
    const answer = queryServer(
      protocol,
      question,
      { address: '127.0.0.1', port },
      new AbortController().signal,
    )
    await expect(answer).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a query', () => {
  it('passes over datagrams that belong to another question, and takes the one that is right', async () => {
    const { answer } = await ask('udp', () => ({
      bytes: (query) => {
        const right = packet.decode(query)
        const forged: Answer = { type: 'A', name: 'a.example', data: '6.6.6.6' }
        return [
          encodeReply({ ...right, id: 1 }, [forged], noError),
          encodeReply(
            { ...right, questions: [{ type: 'A', name: 'b.example' }] },
            [forged],
            noError,
          ),
          query,
          encodeReply(right, [record], noError),
        ]
      },
    }))
    expect(await answer).toMatchObject({ answers: [record] })
  })

  it('takes an extended code for a failure, whatever its lower half says', async () => {
    const { answer } = await ask('udp', () => ({
      bytes: (query) => {
        const { id, questions } = packet.decode(query)
        const options = {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 4096,
          extendedRcode: 1,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        } as const
        return [
          packet.encode({
            type: 'response',
            id,
            questions: questions ?? [],
            additionals: [{ ...options, options: [] }],
          }),
        ]
      },
    }))
    expect(await answer).toMatchObject({ rcode: 'EXTENDED' })
  })

  it.each([
    ['a label of 64 letters', `${'a'.repeat(64)}.example.`],
    ['a name of more than 255 bytes', 'abcdefgh.'.repeat(30)],
    ['an empty label', 'a..example.'],
  ])('refuses %s', (_, name) => {
    const run = (): unknown =>
      queryServer(
        'udp',
        { ...question, name },
        { address: '127.0.0.1', port: 9 },
        new AbortController().signal,
      )
    expect(run).toThrow('is not a domain name')
  })
})
