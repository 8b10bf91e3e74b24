import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { endure, type Fault } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { timeless } from './harness/row.js'
import { type ConsulOptions, RealConsul } from '../helpers/real-consul.js'
import {
  drip,
  half,
  indexLess,
  instead,
  pass,
  status,
  type Trouble,
  TroubledProxy,
} from './harness/troubled-proxy.js'

const sectionOf = (server: string): string =>
  `consul_sd_configs: [{server: '${server}', tags: [t], refresh_interval: 30s}]`

const before = ['a:1', 'b:1']
const json = { 'content-type': 'application/json', 'x-consul-index': '7' }

interface ProxyFault extends Pick<Fault, 'fault' | 'says' | 'shown' | 'during'> {
  readonly trouble: Trouble
  /** It meets requests from the first on, not only those that wait for a change already. */
  readonly cuts?: true
}

const faults: readonly ProxyFault[] = [
  {
    fault: 'Consul answers 500',
    says: /Consul answered 500/,
    trouble: status(500),
  },
  {
    fault: 'Consul answers 429 and asks for two seconds',
    says: /Consul answered 429/,
    trouble: status(429, { 'retry-after': '2' }),
  },
  {
    fault: 'Consul hangs up in the middle of an answer',
    says: /aborted|closed|cut|terminated|hung up/i,
    trouble: half,
  },
  {
    fault: 'Consul sends one byte at a time, for ever',
    says: /no complete answer|time/i,
    trouble: drip,
    cuts: true,
  },
  {
    fault: 'something else answers in Consul’s place (a login page)',
    says: /is not JSON/,
    trouble: instead({ 'content-type': 'text/html' }, '<html>please log in</html>'),
  },
  {
    fault: 'Consul answers JSON of the wrong shape',
    says: /./,
    trouble: instead(json, '[{"Service": 5}]'),
  },
  {
    fault: 'Consul’s index goes backwards',
    shown: 'nothing is wrong: the watch begins anew, and changes are seen',
    trouble: indexLess(20),
  },
]

describeWithPeers('a real Consul behind a proxy', ['consul'], () => {
  const state: { consul?: RealConsul; proxy?: TroubledProxy } = {}
  beforeAll(async () => {
    state.consul = await RealConsul.start()
  })
  afterAll(() => state.consul?.stop())
  beforeEach(async () => {
    state.proxy = await TroubledProxy.start(state.consul?.address ?? '')
  })
  afterEach(() => state.proxy?.stop())

  for (const { trouble, cuts, ...fault } of faults) {
    it(fault.fault, async (context) => {
      const { consul, proxy } = state
      if (consul === undefined || proxy === undefined) throw new Error('no Consul')
      await consul.register(...before)
      const rig = await ProbedDaemon.start(sectionOf(proxy.address))
      await endure(
        rig,
        {
          ...fault,
          kept: 'all targets',
          mechanism: 'consul',
          before,
          begin() {
            proxy.set(trouble)
            if (cuts) proxy.cut()
          },
          async end() {
            await consul.register('b:2')
            proxy.set(pass)
          },
          after: [...before, 'b:2'],
        },
        context,
      )
      await consul.deregister('b:2')
    })
  }
})

describeWithPeers('a real Consul that dies', ['consul'], () => {
  it('is killed, and comes back', async (context) => {
    const consul = await started({ keeps: true }, context.onTestFinished)
    await consul.register(...before)
    const rig = await ProbedDaemon.start(sectionOf(consul.address))
    await endure(
      rig,
      {
        fault: 'Consul is killed, and comes back after a while',
        kept: 'all targets',
        mechanism: 'consul',
        before,
        begin: () => consul.kill(),
        says: /ECONNREFUSED|socket|closed|hang/i,
        async end() {
          await consul.restart()
          await consul.register('b:2')
        },
        after: [...before, 'b:2'],
      },
      context,
    )
  })

  it('is killed, and comes back knowing nothing', async (context) => {
    const consul = await started({}, context.onTestFinished)
    await consul.register(...before)
    const rig = await ProbedDaemon.start(sectionOf(consul.address))
    await endure(
      rig,
      {
        fault: 'Consul is killed, and comes back with an empty state',
        kept: 'all targets until it answers; what it then has',
        mechanism: 'consul',
        before,
        begin: () => consul.kill(),
        says: /ECONNREFUSED|socket|closed|hang/i,
        async end() {
          await consul.restart()
          await consul.register('c:1')
        },
        after: ['c:1'],
      },
      context,
    )
  })
})

describeWithPeers('a real Consul that is dead when muster starts', ['consul'], () => {
  it.for([
    {
      flags: [],
      fault: 'Consul is dead when muster starts, for an hour by its clock',
      kept: 'the targets of consumers: `/http_sd/<job>` answers 503 until Consul answers',
      status: 503,
    },
    {
      flags: ['--web.http-sd.incomplete-after=2m'],
      fault: 'Consul is dead when muster starts, with `--web.http-sd.incomplete-after=2m`',
      kept: 'nothing: after two minutes the list is empty',
      status: 200,
    },
  ])('$fault', async ({ flags, fault, kept, status }, { task, onTestFinished }) => {
    const consul = await started({ keeps: true }, onTestFinished)
    await consul.register(...before)
    await consul.kill()
    const rig = await ProbedDaemon.start(sectionOf(consul.address), undefined, flags)
    const list = (): Promise<{ status: number; body: string }> => rig.ask('GET', '/http_sd/a')
    await until('the reason is given', async () => (await list()).body.includes('ECONNREFUSED'))
    const shown = await list()
    expect(shown.status).toBe(503)
    expect(shown.body).toMatch(/^no answer yet from consul\/\d+ \(.*ECONNREFUSED.*\)\n$/)
    await rig.moveClock(3_600_000)
    expect((await list()).status).toBe(status)
    await consul.restart()
    const ended = performance.now()
    await until('the list is right', async () => {
      const { body } = await list()
      return before.every((target) => body.includes(target))
    })
    task.meta.faultRow = {
      part: 'consul',
      fault,
      kept,
      shown: timeless(`the answer: 503 ${shown.body}`),
      recoveryMs: performance.now() - ended,
    }
  })
})

async function started(
  options: ConsulOptions,
  finished: (free: () => Promise<void>) => void,
): Promise<RealConsul> {
  const consul = await RealConsul.start(options)
  finished(() => consul.stop())
  return consul
}
