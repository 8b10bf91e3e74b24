import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  type Actor,
  abortable,
  Gate,
  Group,
  httpServerActor,
  signalActor,
  supervise,
  systemdNotifier,
  untilAborted,
} from '../../src/run/index.js'
import { fakeSignals, leaksOf } from '../../src/testing/index.js'

/** Runs one actor in a group with deadlines until it is at work, and stops it. */
async function runAndStop(make: (group: Group, busy: Gate) => Actor): Promise<void> {
  const group = new Group({ stopTimeoutMs: 10_000 })
  const busy = new Gate('busy')
  group.add(make(group, busy), { stopTimeoutMs: 5_000 })
  const run = group.run()
  await busy.opened
  group.interrupt()
  await run
}

const parent = new AbortController()

/** Opens the gate a turn later, for actors that have no word of their own to say they are at work. */
function soon(busy: Gate): void {
  setImmediate(() => busy.open())
}

describe('a ready-made actor leaves no timer, socket or listener behind', () => {
  it.each<{ name: string; make: (group: Group, busy: Gate) => Actor }>([
    {
      name: 'signalActor',
      make: (group, busy) => {
        soon(busy)
        return signalActor({ source: fakeSignals(), group })
      },
    },
    {
      name: 'abortable',
      make: (_, busy) =>
        abortable('work', (signal) => {
          busy.open()
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve())
          })
        }),
    },
    {
      name: 'untilAborted',
      make: (_, busy) => {
        soon(busy)
        return untilAborted('parent', parent.signal)
      },
    },
    {
      name: 'supervise, in the wait before a restart',
      make: (_, busy) =>
        supervise('work', () => abortable('life', () => Promise.reject(new Error('no'))), {
          initialDelayMs: 60_000,
          onRestart: () => busy.open(),
        }),
    },
    {
      name: 'systemdNotifier, with a watchdog',
      make: (_, busy) =>
        systemdNotifier({
          send: async () => busy.open(),
          ready: openGate(),
          env: { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '60000000' },
          onError: () => {},
        }),
    },
    {
      name: 'httpServerActor, with a client that keeps its connection',
      make: (_, busy) =>
        httpServerActor({
          server: createServer((_request, response) => response.end()),
          listen: { host: '127.0.0.1', port: 0 },
          onListening: (address) => {
            const port = typeof address === 'object' ? (address?.port ?? 0) : 0
            void fetch(`http://127.0.0.1:${String(port)}/`).then(() => busy.open())
          },
        }),
    },
  ])('$name', async ({ make }) => {
    const options = { signals: { parent: parent.signal } }
    expect(await leaksOf(() => runAndStop(make), options)).toEqual([])
  })
})

function openGate(): Gate {
  const gate = new Gate('ready')
  gate.open()
  return gate
}
