import { once } from 'node:events'
import net from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebApp, WebEnv } from '../../../src/web/context.js'
import { type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
let client: net.Socket | undefined
afterEach(async () => {
  client?.destroy()
  await served?.stop()
  served = undefined
})

/** Sends a text over one connection, and gives what is heard so far. */
async function say(text: string | Buffer): Promise<() => string> {
  client = net.connect(served?.port ?? 0, '127.0.0.1')
  let heard = ''
  client.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
  })
  await once(client, 'connect')
  client.write(text)
  return () => heard
}

const answers = (text: string): string[] =>
  [...text.matchAll(/<(.*?)>/g)].map(([, one]) => one ?? '')
const get = (path: string): string => `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const nothing = (): void => {}
const polling = { timeout: 20_000 }

describe('requests that a client pipelines', () => {
  it('are answered in order, one at a time, with other clients in between', async () => {
    const count = 3000
    let answering = 0
    let most = 0
    let begun = 0
    const app: WebApp = new Hono<WebEnv>()
    app.get('/other', (c) => c.text(`after ${String(begun)}`))
    app.get('/:n', async (c) => {
      begun += 1
      answering += 1
      most = Math.max(most, answering)
      await Promise.resolve()
      answering -= 1
      return c.text(`<${c.req.param('n')}>`)
    })
    served = await serve(sources(), { app })
    const names = Array.from({ length: count }, (_, i) => String(i))
    const heard = await say(names.map(get).join(''))
    const other = (await served.request('/other')).text
    await expect.poll(() => answers(heard()).length, polling).toBe(count)
    expect(answers(heard())).toEqual(names)
    expect(most).toBe(1)
    expect(Number(other.replace('after ', ''))).toBeLessThan(count)
  })

  it('are not even parsed before it is their turn', async () => {
    const app: WebApp = new Hono<WebEnv>()
    let finish: () => void = nothing
    app.get('/slow', async (c) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return c.text('<slow>')
    })
    app.get('/next', (c) => c.text('<next>'))
    served = await serve(sources(), { app })
    const heard = await say(`${get('slow')}${get('next').repeat(2000)}NONSENSE\r\n\r\n`)
    await served.request('/next')
    // The nonsense at the end was not seen: it would have ended the connection.
    expect(heard()).toBe('')
    finish()
    await expect.poll(() => client?.closed, polling).toBe(true)
    // Only what was parsed together with the nonsense is lost with it.
    expect(answers(heard()).length).toBeGreaterThan(1950)
  })

  it('keep their bodies, short and long, sent whole or in chunks', async () => {
    const app: WebApp = new Hono<WebEnv>()
    app.post('/', async (c) => c.text(`<${String((await c.req.text()).length)}>`))
    app.post('/unread', (c) => c.text('<unread>'))
    served = await serve(sources(), { app })
    const lengths = [0, 1, 1000, 4096, 300_000, 7]
    const whole = lengths.map((length) => {
      const body = 'GET / HTTP/1.1\r\n\r\n'.repeat(length).slice(0, length)
      return `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(length)}\r\n\r\n${body}`
    })
    const chunked =
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n!!\r\n0\r\n\r\n'
    const unread = `POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`
    const heard = await say([...whole, chunked, unread, chunked].join(''))
    const expected = [...lengths.map(String), '7', 'unread', '7']
    await expect.poll(() => answers(heard()), polling).toEqual(expected)
  })

  it('leave nothing behind when the client goes', async () => {
    const app: WebApp = new Hono<WebEnv>()
    let begun = 0
    let finish: () => void = nothing
    app.get('/', async (c) => {
      begun += 1
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return c.text('late')
    })
    served = await serve(sources(), { app })
    await say(get('').repeat(1000))
    await expect.poll(() => begun, polling).toBe(1)
    client?.destroy()
    await expect
      .poll(() => {
        finish()
        return served?.server.connectionCount
      }, polling)
      .toBe(0)
    expect(begun).toBeLessThan(1000)
  })
})
