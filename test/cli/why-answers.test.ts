import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { why } from '../../src/cli/why/run.js'
import { listen } from '../helpers/listen.js'

/** How a server answers a path below `/api/v1`. */
type Reply = (path: string, response: ServerResponse) => void

const data = (value: unknown): string => JSON.stringify({ status: 'success', data: value })

/** Answers each path with the JSON of its data, or with the text; any other with 404. */
function paths(texts: Readonly<Record<string, unknown>>): Reply {
  return (path, response) => {
    const value = texts[path]
    if (value === undefined) response.writeHead(404)
    response.end(typeof value === 'string' ? value : data(value))
  }
}

const status =
  (code: number, body: string): Reply =>
  (_path, response) => {
    response.writeHead(code).end(body)
  }

const target = {
  discoveredLabels: { __address__: 'h:1' },
  scrapePool: 'a',
  labels: { instance: 'h:1' },
  scrapeUrl: 'http://h:1/metrics',
}
const pools = { '/scrape_pools': { scrapePools: ['a'] } }
const targets = (element: object, counts: unknown = { a: 0 }) => ({
  activeTargets: [element],
  droppedTargets: [],
  droppedTargetCounts: counts,
})
const known = { ...pools, '/targets': targets(target) }

/** Runs `muster why h:1` against a server; the user of the URL has a password. */
async function ask(reply: Reply, timeout = 20_000) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    reply(pathname.replace('/api/v1', ''), response)
  })
  const { address } = await listen(server)
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    ready: () => undefined,
    signals: process,
    exit: () => undefined,
    exitSoon: () => undefined,
  }
  const url = `http://me:geheim@${address}`
  const code = await why('h:1', { url, timeout }, host, 'test')
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

// oxlint-disable-next-line no-control-regex -- what a terminal must not be given
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/

const notMuster = 'the answer is not one of muster: '

describe('muster why says in a sentence what is wrong with the server', () => {
  const cases: readonly (readonly [title: string, reply: Reply, says: string])[] = [
    [
      'a page in place of an answer',
      status(200, '<html>\u001b[31m\u202e'),
      `/scrape_pools: ${notMuster}it begins "<html>\\x1b[31m\\u202e"`,
    ],
    ['an empty answer', status(200, ''), `/scrape_pools: ${notMuster}it is empty`],
    ['no answer at all', status(204, ''), '/scrape_pools: the server answers 204'],
    [
      'no credentials',
      status(401, 'Unauthorized\n'),
      '/scrape_pools: the server answers 401: Unauthorized (--http.config.file has credentials)',
    ],
    [
      'the wrong credentials',
      status(403, ''),
      '/scrape_pools: the server answers 403 (--http.config.file has credentials)',
    ],
    ['another path', status(404, 'x'), 'the server has no /api/v1/scrape_pools: is it muster?'],
    [
      'an error that steers the terminal',
      status(500, '\u001b]0;t\u0007\u001b[2J\u009b31m \u202eevil\r\nsecond line'),
      '/scrape_pools: the server answers 500: \\x1b]0;t\\a\\x1b[2J\\u009b31m \\u202eevil',
    ],
    [
      'an error of the API with a line break',
      status(500, JSON.stringify({ error: 'a\nmuster why: forged' })),
      '/scrape_pools: the server answers 500: a\\nmuster why: forged',
    ],
    [
      'an error without an end',
      status(500, 'x'.repeat(10_000)),
      `/scrape_pools: the server answers 500: ${'x'.repeat(500)}`,
    ],
    [
      'redirects in a circle',
      (_path, response) => void response.writeHead(302, { location: '/' }).end(),
      'stopped after 10 redirects',
    ],
    ['a list', status(200, '[]'), `/scrape_pools: ${notMuster}it has no data`],
    ['a null', status(200, 'null'), `/scrape_pools: ${notMuster}it has no data`],
    ['no data', status(200, '{}'), `/scrape_pools: ${notMuster}it has no data`],
    ...[null, {}, { scrapePools: null }].map(
      (value) =>
        [
          `no pools: ${JSON.stringify(value)}`,
          status(200, data(value)),
          `/scrape_pools: ${notMuster}it has no scrapePools`,
        ] as const,
    ),
    [
      'pools that are a text',
      paths({ '/scrape_pools': { scrapePools: 'a' } }),
      `/scrape_pools: ${notMuster}data: scrapePools: expected a list, got a string`,
    ],
    [
      'targets that are a number',
      paths({ ...pools, '/targets': 5 }),
      `/targets: ${notMuster}it has no list activeTargets`,
    ],
    [
      'half of the targets',
      paths({ ...pools, '/targets': data(targets(target)).slice(0, 90) }),
      `/targets: ${notMuster}the list of targets breaks off`,
    ],
    [
      'a target whose labels are a number',
      paths({ ...pools, '/targets': targets({ ...target, labels: 5 }) }),
      `/targets: ${notMuster}data: labels: expected an object, got a number`,
    ],
    [
      'a target with a label that is a number',
      paths({ ...pools, '/targets': targets({ ...target, labels: { a: 5 } }) }),
      `/targets: ${notMuster}data: labels["a"]: expected a string, got a number`,
    ],
    [
      'counts that are texts',
      paths({ ...pools, '/targets': targets(target, { a: '1' }) }),
      `/targets: ${notMuster}data: droppedTargetCounts["a"]: expected a whole number up to 2^53, got a string`,
    ],
    [
      'a step that is a text',
      paths({ ...known, '/targets/relabel_steps': { steps: ['x'] } }),
      `/targets/relabel_steps: ${notMuster}data: steps[0]: expected an object, got a string`,
    ],
    [
      'providers that are a number',
      paths({ ...known, '/providers': { providers: 5 } }),
      `/providers: ${notMuster}data: providers: expected a list, got a number`,
    ],
    [
      'an event of a kind that is a number',
      paths({ ...known, '/targets/events': { events: [{ kind: 5 }] } }),
      `/targets/events: ${notMuster}data: events[0].kind: expected a string, got a number`,
    ],
  ]
  it.each(cases)('%s', async (_title, reply, says) => {
    expect(await ask(reply)).toEqual({ code: 3, out: '', err: `muster why: ${says}\n` })
  })

  it.each<readonly [title: string, reply: Reply]>([
    ['says nothing', () => undefined],
    [
      'stops within its answer',
      (_path, response) => void response.writeHead(200).write('{"status":'),
    ],
    [
      'answers the first question alone',
      (path, response) => {
        if (path === '/scrape_pools') response.end(data({ scrapePools: ['a'] }))
      },
    ],
  ])('and ends in time when the server %s', async (_title, reply) => {
    const answer = await ask(reply, 200)
    expect(answer).toMatchObject({ code: 3, out: '' })
    expect(answer.err).toMatch(
      /^muster why: \/[a-z_]+: no complete answer within 200ms \(--timeout\)\n$/,
    )
  })
})

describe('muster why prints what a server made up so that a terminal does not obey it', () => {
  const evil = '\u001b[31m\u009b1m\u202e\u2066\nforged: line\r'
  const element = { ...target, labels: { ...target.labels, [evil]: evil }, lastError: evil }
  const rule = { action: evil, target_label: evil, regex: evil, source_labels: [evil] }
  const event = {
    at: evil,
    kind: evil,
    set: evil,
    provider: evil,
    cause: evil,
    address: 'h:1',
    rule: { number: 1, place: evil },
    fault: evil,
  }
  const provider = {
    manager: 'scrape',
    name: evil,
    sets: ['a', evil],
    state: evil,
    lastSuccess: evil,
    lastError: { message: evil },
    nextTry: evil,
    staleSince: evil,
  }

  it('whatever it put into which text', async () => {
    const { code, out, err } = await ask(
      paths({
        ...pools,
        '/targets': targets({ ...element, scrapeUrl: evil }),
        '/targets/relabel_steps': {
          steps: [{ rule, output: { [evil]: evil }, keep: true }],
          places: [evil],
        },
        '/targets/events': { events: [event] },
        '/providers': {
          providers: [provider],
          guarded: [{ manager: 'scrape', set: 'a', heldTargets: 1 }],
        },
      }),
    )
    expect([code, err]).toEqual([0, ''])
    expect(out).not.toMatch(obeyed)
    expect(out).not.toMatch(/^forged/m)
    expect(out).toContain(String.raw`\x1b[31m\u009b1m\u202e\u2066\nforged: line\r`)
  })

  it('and takes what is missing or null for nothing', async () => {
    const { code, out } = await ask(
      paths({
        ...known,
        '/providers': { providers: [null, { manager: 'scrape', sets: ['a'] }], guarded: null },
        '/targets/events': { events: null },
        '/targets/relabel_steps': {},
      }),
    )
    expect(code).toBe(0)
    expect(out).toContain('h:1 is a target.')
    expect(out).toContain('no answer yet')
  })
})
