import net from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../src/http/index.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { clientOf, until } from './harness.js'
import { body, type RawAnswer, rawAnswers } from './raw-answers.js'

const timeoutMs = 20_000

/** A server that gives the answer of the table whose number is the path. */
async function serveRaw(answers: readonly Pick<RawAnswer, 'bytes' | 'hangsUp'>[]): Promise<{
  readonly url: string
  readonly accepted: () => number
  /** How often each was asked for. */
  readonly asked: ReadonlyMap<number, number>
}> {
  const asked = new Map<number, number>()
  const server = net.createServer((socket) => {
    let request = ''
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1')
      if (!request.endsWith('\r\n\r\n')) return
      const number = Number(/^GET \/([0-9]+)/.exec(request)?.[1])
      request = ''
      asked.set(number, (asked.get(number) ?? 0) + 1)
      const answer = answers[number]
      if (answer === undefined) socket.destroy()
      else if (answer.hangsUp) socket.end(answer.bytes)
      else socket.write(answer.bytes)
    })
  })
  const { address, accepted } = await listen(server)
  return { url: `http://${address}/`, accepted, asked }
}

async function get(url: string, yaml = ''): Promise<string> {
  const response = await clientOf(yaml).request({ url, timeoutMs })
  return `${String(response.status)} ${response.body.toString()}`
}

async function messageOf(url: string): Promise<string> {
  const error: unknown = await clientOf('')
    .request({ url, timeoutMs })
    .catch((reason: unknown) => reason)
  if (!(error instanceof HttpError)) throw new Error('it was taken')
  return error.message.replace(`GET ${url}: `, '')
}

const raw = (text: string, hangsUp = true): Pick<RawAnswer, 'bytes' | 'hangsUp'> => ({
  bytes: Buffer.from(text, 'latin1'),
  hangsUp,
})

describe('an answer with', () => {
  it.each(
    rawAnswers.map((row) => ({ ...row, outcome: row.isTakenHere ? 'is taken' : 'is refused' })),
  )('$title $outcome', async (row) => {
    const { url } = await serveRaw([row])
    const answer = await get(`${url}0`).catch((error: unknown) => {
      expect(error).toBeInstanceOf(HttpError)
      return 'refused'
    })
    expect(answer === `200 ${body}`).toBe(row.isTakenHere)
  })

  it('100 Continue, LF alone and a length said twice leaves its connection to the next one', async () => {
    const odd = [
      'HTTP/1.1 100 Continue',
      '',
      'HTTP/1.1 200',
      'Content-Length: 1',
      'Content-Length: 1',
    ]
    const { url, accepted } = await serveRaw([raw(`${odd.join('\n')}\n\na`, false)])
    const client = clientOf('')
    for (const _ of [1, 2, 3]) {
      const response = await client.request({ url: `${url}0`, timeoutMs })
      expect(response.body.toString()).toBe('a')
      // A connection is free in the next turn of the event loop.
      await setImmediate()
    }
    expect(accepted()).toBe(1)
  })

  it('a head that comes byte by byte, folded and after 103, is taken', async () => {
    const bytes = `HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n${'Content-Length: 2\r\n'.repeat(2)}\r\nok`
    const server = net.createServer((socket) => {
      socket.setNoDelay(true)
      const write = (at: number): void => {
        if (at < bytes.length) socket.write(bytes.charAt(at), () => write(at + 1))
      }
      socket.once('data', () => write(0))
    })
    const { address } = await listen(server)
    const response = await clientOf('').request({ url: `http://${address}/`, timeoutMs })
    expect([response.header('x-a'), response.body.toString()]).toEqual(['b c', 'ok'])
  })

  it('something that nobody asked for is never taken for the next answer', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n'
    const server = net.createServer((socket) => {
      socket.on('data', () => socket.write(`${head}a`))
    })
    const { address, sockets } = await listen(server)
    const client = clientOf('')
    const ask = async (): Promise<string> =>
      (await client.request({ url: `http://${address}/`, timeoutMs })).body.toString()
    expect(await ask()).toBe('a')
    for (const part of [head, head.slice(0, 20)]) {
      for (const socket of sockets) socket.write(part)
      await until(() => sockets.size === 0)
      expect(await ask()).toBe('a')
    }
  })

  it('a header that is there twice gives the first one, as in Go', async () => {
    const { url } = await serveRaw([raw('HTTP/1.1 200 OK\r\nX-A: b\r\nX-A: c\r\n\r\n')])
    const response = await clientOf('').request({ url: `${url}0`, timeoutMs })
    expect(response.header('x-a')).toBe('b')
  })

  it.each([
    [
      'br',
      /^the answer is packed as "br" \(Content-Encoding\), which was not asked for; only gzip/,
    ],
    ['deflate', /^the answer is packed as "deflate" \(Content-Encoding\)/],
    ['gzip twice', /^the answer is packed as "gzip, gzip" \(Content-Encoding\)/],
    ['an alert of TLS', /^the server answered with TLS: it wants https:\/\/ \(scheme: https\)$/],
    ['SSH', /^malformed HTTP response "SSH-2.0-OpenSSH_9.2"$/],
    [
      'nothing',
      /^other side closed without an answer; if it speaks TLS on this port, write https:\/\/ \(scheme: https\)$/,
    ],
    ['no colon', /^malformed MIME header: missing colon: "X-A"$/],
    [
      'two lengths',
      /^http: message cannot contain multiple Content-Length headers; got \["29" "3"\]$/,
    ],
    ['headers of 2 MiB', /^the headers of the answer are more than 1048576 bytes or 10000 lines$/],
    ['a NUL in a value', /^malformed MIME header line: "X-A: a\\x00b"$/],
  ])('%s is refused in words that say so', async (title, message) => {
    const row = rawAnswers.find((each) => each.title === title)
    const { url } = await serveRaw(row === undefined ? [] : [row])
    expect(await messageOf(`${url}0`)).toMatch(message)
  })

  it.each([
    'Client sent an HTTP request to an HTTPS server.\n',
    '<center>The plain HTTP request was sent to HTTPS port</center>',
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    'Bad Request\r\nThis combination of host and port requires TLS.\r\n',
  ])('400 %j says that the server wants https://', async (text) => {
    const { url } = await serveRaw([raw(`HTTP/1.0 400 Bad Request\r\n\r\n${text}`)])
    expect(await messageOf(`${url}0`)).toBe(
      'the server speaks TLS on this port: write https:// (scheme: https)',
    )
  })
})

describeWithPeers('beside Prometheus', ['prometheus'], () => {
  it('each answer is taken or refused as the table says', async () => {
    const { url, asked } = await serveRaw(rawAnswers)
    const jobs = rawAnswers.map(
      (_, i) =>
        `- job_name: '${String(i)}'\n  http_sd_configs: [{url: '${url}${String(i)}', refresh_interval: 5s}]\n`,
    )
    const prometheus = await forThisTest(
      RealPrometheus.start({
        'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${jobs.join('')}`,
      }),
    )
    // A third request to the same job: the answer to the first is judged, and its targets have been passed on.
    const wanted = rawAnswers.flatMap(({ isTaken, title }) => (isTaken ? [title] : []))
    const found = async (): Promise<readonly string[]> => {
      const { activeTargets } = await prometheus.targets()
      const pools = new Set(activeTargets.map(({ scrapePool }) => Number(scrapePool)))
      return rawAnswers.flatMap(({ title }, i) => (pools.has(i) ? [title] : []))
    }
    await until(() => rawAnswers.every((_, i) => (asked.get(i) ?? 0) >= 3), 120_000)
    await until(async () => (await found()).length >= wanted.length, 60_000)
    expect(await found()).toEqual(wanted)
  }, 240_000)
})
