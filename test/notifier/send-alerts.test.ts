import { describe, expect, it, vi } from 'vitest'
import {
  type Alert,
  AlertError,
  AlertLossError,
  sendAlerts,
  type SendAlertsOptions,
} from '../../src/notifier/index.js'
import { OptionError } from '../../src/waiting/option.js'
import { freePort } from '../helpers/free-port.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealAlertmanager } from '../helpers/real-alertmanager.js'
import { forThisTest } from '../helpers/real-process.js'
import { settle, useStandingClock } from './notifier-rig.js'
import { type ScriptedPost, scriptedTransport } from './scripted-transport.js'

const alert = (n: number): Alert => ({ labels: { n: String(n) } })

/** What a host answers: a status, or an error where there is no answer. */
type Reply = (post: ScriptedPost) => number | Error | undefined

function sending(hosts: Readonly<Record<string, Reply>>, more: Partial<SendAlertsOptions> = {}) {
  const transport = scriptedTransport()
  transport.reply((post) => hosts[new URL(post.url).hostname]?.(post))
  const over = sendAlerts([alert(1), alert(2)], {
    alertmanagers: Object.keys(hosts),
    createTransport: () => transport,
    random: () => 0.999999,
    ...more,
  })
  over.catch(() => undefined)
  return { transport, over }
}

const takes: Reply = () => 200
const refuses: Reply = () => 400
const fails: Reply = () => 500
const isDead: Reply = () => new Error('connect ECONNREFUSED')
const hangs: Reply = () => undefined

describe('sendAlerts', () => {
  useStandingClock()

  it.each([
    { name: 'all take them', hosts: { a: takes, b: takes }, report: 'a 2/0 b 2/0', tookMs: 0 },
    {
      name: 'one of two takes them',
      hosts: { a: takes, b: fails },
      report: 'a 2/0 b 0/2 bad response status 500',
      tookMs: 10_000,
    },
    {
      name: 'one of two hangs',
      hosts: { a: hangs, b: takes },
      report: 'a 0/2 no answer within 10000 ms b 2/0',
      tookMs: 10_000,
    },
  ])('reports for each Alertmanager when $name', async ({ hosts, report, tookMs }) => {
    const { over, transport } = sending(hosts)
    await vi.advanceTimersByTimeAsync(tookMs)
    const reports = await over
    const shown = reports.map(({ url, delivered, lost, lastError }) => {
      const counts = `${new URL(url).hostname} ${String(delivered)}/${String(lost)}`
      return lastError === undefined ? counts : `${counts} ${lastError.message}`
    })
    expect(shown.join(' ')).toBe(report)
    expect(transport.isClosed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    { name: 'none takes them', hosts: { a: isDead, b: fails }, more: {} },
    { name: 'none can take one of them', hosts: { a: refuses, b: refuses }, more: {} },
    { name: 'one of all does not', hosts: { a: takes, b: isDead }, more: { require: 'all' } },
    { name: 'there is none', hosts: {}, more: {} },
    { name: 'there is none of all', hosts: {}, more: { require: 'all' } },
    { name: 'one hangs', hosts: { a: hangs }, more: {} },
    { name: 'there is no time', hosts: { a: hangs }, more: { timeoutMs: 0 } },
  ] as const)('throws when $name', async ({ hosts, more }) => {
    const { over, transport } = sending(hosts, more)
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(over).rejects.toThrow(AlertLossError)
    expect(transport.isClosed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('names in the error what each Alertmanager did not get, and why', async () => {
    const { over } = sending({ a: isDead, b: fails })
    await vi.advanceTimersByTimeAsync(10_000)
    const error = await over.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_NOTIFIER_LOSS',
      message:
        'alerts were lost: http://a/api/v2/alerts did not get 2 alerts (connect ECONNREFUSED); ' +
        'http://b/api/v2/alerts did not get 2 alerts (bad response status 500)',
      reports: [
        { delivered: 0, lost: 2 },
        { delivered: 0, lost: 2 },
      ],
    })
  })

  it('delivers when the Alertmanager comes two seconds later', async () => {
    const { over } = sending({
      a: () => (Date.now() % 60_000 < 2000 ? new Error('connect ECONNREFUSED') : 200),
    })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await over).toMatchObject([{ delivered: 2, lost: 0, lastError: undefined }])
  })

  it('sends no alert of a list with one that is not valid', async () => {
    const { over, transport } = sending({ a: takes })
    await over
    const before = transport.posts.length
    const options = { alertmanagers: ['a'], createTransport: () => transport }
    await expect(sendAlerts([alert(1), { labels: {} }], options)).rejects.toThrow(AlertError)
    expect(transport.posts).toHaveLength(before)
    await settle()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has nothing to do for no alerts', async () => {
    const transport = scriptedTransport()
    const createTransport = () => transport
    await expect(sendAlerts([], { alertmanagers: [], createTransport })).resolves.toEqual([])
  })

  it('adds external labels', async () => {
    const { over, transport } = sending({ a: takes }, { externalLabels: { region: 'eu' } })
    await over
    expect(transport.last().body).toContain('"region":"eu"')
  })

  it.each(['http://am:9093', 'am/path', '', 'user:pass@am', 'a b'])(
    'refuses the address %j, which would be left out otherwise',
    async (address) => {
      const sent = sendAlerts([alert(1)], { alertmanagers: ['good:9093', address] })
      await expect(sent).rejects.toThrow(OptionError)
      await expect(sent).rejects.toThrow('host:port')
    },
  )

  it.each([Number.NaN, -1])('refuses the time %s', async (timeoutMs) => {
    await expect(sendAlerts([alert(1)], { alertmanagers: ['a'], timeoutMs })).rejects.toThrow(
      OptionError,
    )
  })
})

describeWithPeers('sendAlerts and a real Alertmanager', ['alertmanager'], () => {
  it('delivers to one that starts two seconds later', async () => {
    const port = await freePort()
    const began = performance.now()
    const over = sendAlerts([alert(1), alert(2)], {
      alertmanagers: [`127.0.0.1:${String(port)}`],
      timeoutMs: 60_000,
    })
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const alertmanager = await forThisTest(RealAlertmanager.start(port))
    const reports = await over
    expect(performance.now() - began).toBeGreaterThan(2000)
    expect(reports).toMatchObject([{ delivered: 2, lost: 0 }])
    expect(await alertmanager.firing()).toEqual(['1', '2'])
  })
})
