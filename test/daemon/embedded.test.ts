import { EventEmitter } from 'node:events'
import { filter, firstValueFrom, startWith } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { daemon, type DaemonGroup, DaemonOptionError, type DaemonOptions } from '../../src/index.js'
import { staticMechanism } from '../../src/mechanisms/static.js'
import { InitialLoadError } from '../../src/reload/index.js'
import { Gate, Group, GroupError } from '../../src/run/index.js'
import { fakeSignals, leaksOf, scriptedActor } from '../../src/testing/index.js'
import { useFolder } from '../config/folder.js'
import { recordingLogger } from '../notifier/recording-logger.js'

const folder = useFolder()

const staticJob = (name: string, ...targets: readonly string[]): string =>
  `- job_name: ${name}\n  static_configs: [{targets: ${JSON.stringify(targets)}}]\n`
const configOf = (...jobs: readonly string[]): string => `scrape_configs:\n${jobs.join('')}`

interface Running {
  readonly group: DaemonGroup
  readonly run: Promise<void>
}

/** Builds a daemon on a free port, and waits until it is ready or has ended. */
async function start(options: DaemonOptions): Promise<Running> {
  const group = daemon({ web: { listenAddresses: ['127.0.0.1:0'] }, ...options })
  const run = group.run()
  onTestFinished(async () => {
    await group[Symbol.asyncDispose]()
  })
  await Promise.race([group.ready.opened, run])
  return { group, run }
}

async function stop({ group, run }: Running): Promise<void> {
  group.interrupt()
  await run
}

/** Waits until a pool shows so many targets. */
async function shows({ pools }: DaemonGroup, pool: string, count: number): Promise<void> {
  await firstValueFrom(
    pools.changes.pipe(
      startWith(undefined),
      filter(() => pools.pool(pool)?.activeCount === count),
    ),
  )
}

async function get({ urls: [url = ''] }: DaemonGroup, path: string): Promise<string> {
  const answer = await fetch(`${url}${path}`, { headers: { connection: 'close' } })
  return answer.text()
}

async function post({ urls: [url = ''] }: DaemonGroup, path: string): Promise<number> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { connection: 'close' } })
  await answer.text()
  return answer.status
}

describe('a daemon in the process of its embedder', () => {
  it('serves targets, reloads and stops, and leaves no timer, socket or listener', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    await folder.write('t.json', '[{"targets":["f:1","f:2"]}]')
    const signals = new EventEmitter()
    const options: DaemonOptions = {
      configFile,
      signals,
      reload: { intervalMs: 3_600_000 },
      discovery: { stateDir: folder.path('state') },
    }
    // The first fetch of a process opens handles that stay.
    const { group: first, ...rest } = await start(options)
    await get(first, 'metrics')
    await stop({ group: first, ...rest })

    const work = async (): Promise<void> => {
      const running = await start(options)
      const { group } = running
      expect(group.urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/)])
      await shows(group, 'a', 1)
      expect(await get(group, 'api/v1/targets')).toContain('"h:1"')

      const fileJob = '- job_name: b\n  file_sd_configs: [{files: [t.json]}]\n'
      await folder.write('p.yml', configOf(staticJob('a', 'h:1', 'h:2'), fileJob))
      expect(await group.reloader.reload()).toMatchObject({ ok: true })
      await shows(group, 'a', 2)
      await shows(group, 'b', 2)
      expect(await get(group, 'api/v1/targets')).toContain('"f:2"')

      await stop(running)
      expect(group.urls).toEqual([])
      await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    }
    expect(await leaksOf(work, { emitters: { process, signals } })).toEqual([])
  })

  it('shares nothing with another daemon', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map(async (name) =>
        start({ configFile: await folder.write(`${name}.yml`, configOf(staticJob(name, 'h:1'))) }),
      ),
    )
    if (one === undefined || two === undefined) throw new Error('two are started')
    await shows(one.group, 'one', 1)
    await shows(two.group, 'two', 1)
    expect(one.group.urls).not.toEqual(two.group.urls)

    await folder.write('one.yml', 'nonsense: 1\n')
    expect(await one.group.reloader.reload()).toMatchObject({ ok: false })
    const reloaded = /^prometheus_config_last_reload_successful (\d)$/m
    expect(reloaded.exec(await get(one.group, 'metrics'))?.[1]).toBe('0')
    expect(reloaded.exec(await get(two.group, 'metrics'))?.[1]).toBe('1')

    await stop(one)
    expect(await get(two.group, 'api/v1/scrape_pools')).toContain('"two"')
    await folder.write('two.yml', configOf(staticJob('two', 'h:1', 'h:2')))
    expect(await two.group.reloader.reload()).toMatchObject({ ok: true })
    await shows(two.group, 'two', 2)
    await stop(two)
  })

  it('says what a reload changed, and what each provider answered', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1'), staticJob('b')))
    const logger = recordingLogger()
    const { group } = await start({ configFile, logger })
    const changed = configOf(staticJob('a', 'h:1', 'h:2'), staticJob('c'))
    await folder.write('p.yml', `global: {external_labels: {x: y}}\n${changed}`)
    expect(await group.reloader.reload()).toMatchObject({
      ok: true,
      changes: [
        { part: 'scrape', changes: ['jobs added: c', 'jobs removed: b', 'jobs changed: a'] },
        {
          part: 'scrape_sd',
          changes: ['providers started: static/2', 'providers stopped: static/0'],
        },
        { part: 'notify', changes: ['sections changed: global.external_labels'] },
        { part: 'notify_sd', changes: [] },
      ],
    })
    const answers = logger.lines.filter(({ message }) => message === 'Discovery answered')
    expect(answers.map(({ level, fields }) => ({ level, ...fields }))).toContainEqual({
      level: 'debug',
      provider: 'static/2',
      groups: 1,
      targets: 2,
      changed: true,
      took: undefined,
    })
  })

  it('does not call a first config refused that a stop came before', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const logger = recordingLogger()
    const preparing = new Gate('preparing')
    const part = {
      name: 'mine',
      async prepare(): Promise<never> {
        preparing.open()
        await group.ended
        throw new Error('too late')
      },
    }
    const stopped: DaemonOptions = { configFile, logger, parts: [part] }
    const group = daemon({ web: { listenAddresses: ['127.0.0.1:0'] }, ...stopped })
    const run = group.run()
    await preparing.opened
    group.interrupt()
    await run
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('does not call a config refused by a part that is being stopped', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const logger = recordingLogger()
    const part = {
      name: 'mine',
      async prepare(): Promise<never> {
        group.interrupt()
        throw new Error('I am being stopped')
      },
    }
    const group = daemon({
      web: { listenAddresses: ['127.0.0.1:0'] },
      configFile,
      logger,
      parts: [part],
    })
    await group.run()
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it.each([
    { name: 'is missing', text: undefined, says: /p\.yml: no such file or directory/ },
    {
      name: 'has an unknown key',
      text: 'scrape_config: []',
      says: /did you mean "scrape_configs"/,
    },
    {
      name: 'is refused by a part',
      text: configOf(staticJob('a', 'h:1'), '  relabel_configs: [{regex: "("}]\n'),
      says: /missing closing \)/,
    },
  ])('fails with the reason when the first config $name', async ({ text, says }) => {
    if (text !== undefined) await folder.write('p.yml', text)
    const leaks = await leaksOf(async () => {
      const running = start({ configFile: folder.path('p.yml') })
      const error = await running.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(InitialLoadError)
      expect(String(error)).toMatch(says)
    })
    expect(leaks).toEqual([])
  })

  it('fails with the reason when an address is taken', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const { group } = await start({ configFile })
    const address = new URL(group.urls[0] ?? '').host
    await expect(start({ configFile, web: { listenAddresses: [address] } })).rejects.toMatchObject({
      code: 'ERR_WEB_LISTEN',
    })
  })

  it.each([
    { option: 'web.listenAddresses', web: { listenAddresses: ['9099'] }, says: /host:port/ },
    { option: 'web.externalUrl', web: { externalUrl: 'here' }, says: /not an external URL/ },
    { option: 'web.corsOrigin', web: { corsOrigin: '(' }, says: /missing closing \)/ },
    { option: 'web.readTimeoutMs', web: { readTimeoutMs: -1 }, says: /: it is -1: give millis/ },
    { option: 'web.maxConnections', web: { maxConnections: 0.5 }, says: /whole number, 1 or more/ },
    { option: 'stopTimeoutMs', stopTimeoutMs: Number.NaN, says: /it is NaN: give milliseconds/ },
    { option: 'reload.intervalMs', reload: { intervalMs: Number.NaN }, says: /milliseconds/ },
    { option: 'reload.timeoutMs', reload: { timeoutMs: -1 }, says: /milliseconds, 0 or more/ },
    {
      option: 'discovery.stateMaxAgeMs',
      discovery: { stateMaxAgeMs: Number.NaN },
      says: /milliseconds, 0 or more/,
    },
    { option: 'discovery.events', discovery: { events: -1 }, says: /whole number, 0 or more/ },
    {
      option: 'discovery.guard',
      discovery: { guard: { share: 0.5, minimum: Number.NaN, answers: 3, afterMs: 0 } },
      says: /minimum is NaN: give 1 or more/,
    },
    { option: 'notifier.queueCapacity', notifier: { queueCapacity: 0 }, says: /1 or more/ },
    { option: 'notifier.batchSize', notifier: { batchSize: Number.NaN }, says: /1 or more/ },
  ])('refuses a value of $option that cannot be used', ({ option, says, ...options }) => {
    const build = (): unknown => daemon({ configFile: 'p.yml', ...options })
    expect(build).toThrow(DaemonOptionError)
    expect(build).toThrow(expect.objectContaining({ option, message: expect.stringMatching(says) }))
  })

  it('refuses a web config file that cannot be used, with the cause', async () => {
    const web = { configFile: await folder.write('web.yml', 'basic_auth_users: {a: plain}\n') }
    expect(() => daemon({ configFile: 'p.yml', web })).toThrow(
      expect.objectContaining({
        code: 'ERR_WEB_CONFIG_FILE',
        cause: expect.objectContaining({ code: 'ERR_WEB_CONFIG' }),
      }),
    )
  })

  it('takes an option that is undefined for one that is left out', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const web = {
      listenAddresses: ['127.0.0.1:0'],
      maxConnections: undefined as never,
      corsOrigin: undefined as never,
    }
    const { group } = await start({ configFile, web })
    await shows(group, 'a', 1)
    expect(await get(group, '-/ready')).toContain('Ready')
  })

  it('opens no port where no address is given', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'localhost:1')))
    const running = await start({ configFile, web: { listenAddresses: [] } })
    await shows(running.group, 'a', 1)
    expect(running.group.urls).toEqual([])
    await stop(running)
  })

  it('runs mechanisms and parts of the embedder', async () => {
    const text = '- job_name: a\n  own_sd_configs: [{targets: ["own:1"]}]\n'
    const configFile = await folder.write('p.yml', configOf(text))
    const taken: number[] = []
    const { group } = await start({
      configFile,
      discovery: {
        mechanisms: [() => ({ ...staticMechanism(), name: 'own', key: 'own_sd_configs' })],
      },
      parts: [
        {
          name: 'counter',
          prepare: ({ jobs }) => ({ commit: () => void taken.push(jobs.length), discard() {} }),
        },
      ],
    })
    await shows(group, 'a', 1)
    expect(taken).toEqual([1])
  })
})

/** Runs a daemon with an actor that fails when it is interrupted. */
async function endBadly(group: DaemonGroup): Promise<void> {
  const failing = scriptedActor('own', [], { throws: new Error('cannot clean up') })
  const run = group.add(failing).run()
  await group.ready.opened
  group.interrupt()
  await run
}

/** Starts a daemon with one job. */
async function begin(options: Partial<DaemonOptions> = {}): Promise<Running> {
  const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
  return start({ configFile, ...options })
}

describe('the end of an embedded daemon', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'comes with %s from the source it is given',
    async (signal) => {
      const signals = fakeSignals()
      const { run } = await begin({ signals })
      signals.send(signal)
      await run
      expect(signals.listenerCount()).toBe(0)
    },
  )

  it('is reported at a second SIGINT, with the actor that blocks it', async () => {
    const signals = fakeSignals()
    const reports: string[] = []
    const onForce: DaemonOptions['onForce'] = ({ blockers }) => {
      reports.push(...blockers.map(({ name }) => name))
    }
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const web = { listenAddresses: ['127.0.0.1:0'] }
    const group = daemon({ configFile, web, signals, onForce })
    const stuck = scriptedActor('stuck', [], 'hang')
    const run = group.add(stuck).run()
    await group.ready.opened
    signals.send('SIGINT')
    signals.send('SIGINT')
    expect(reports).toContain('stuck')
    stuck.finish()
    await run
  })

  it('does not come with a signal where it is given no source', async () => {
    const before = process.listenerCount('SIGTERM')
    await begin()
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  it('comes with POST /-/quit where that is allowed', async () => {
    const web = { listenAddresses: ['127.0.0.1:0'], enableLifecycle: true }
    const { group, run } = await begin({ web })
    expect(await post(group, '-/quit')).toBe(200)
    await run
  })

  it('comes with the end of the group that it is an actor of', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const inner = daemon({ configFile, web: { listenAddresses: ['127.0.0.1:0'] } })
    const outer = new Group().add(inner)
    const run = outer.run()
    await inner.ready.opened
    expect(outer.report().blockers.map(({ name }) => name)).toEqual(['muster'])
    outer.interrupt()
    await run
  })

  it('may come before the daemon is ready', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const options = { configFile, web: { listenAddresses: ['127.0.0.1:0'] } }
    const leaks = await leaksOf(async () => {
      const group = daemon({ ...options, discovery: { stateDir: folder.path('state') } })
      const run = group.run()
      group.interrupt()
      await run
      expect(group.ready.isOpen).toBe(false)
    })
    expect(leaks).toEqual([])
  })

  it('tells of an error during the stop in the log, and without a logger in its rejection', async () => {
    const configFile = await folder.write('p.yml', configOf(staticJob('a', 'h:1')))
    const web = { listenAddresses: ['127.0.0.1:0'] }
    await expect(endBadly(daemon({ configFile, web }))).rejects.toThrow(GroupError)

    const logger = recordingLogger()
    await endBadly(daemon({ configFile, web, logger }))
    expect(logger.lines).toContainEqual({
      level: 'error',
      message: 'Actor failed while stopping',
      fields: { err: expect.objectContaining({ actor: 'own', phase: 'interrupt' }) },
    })
  })
})
