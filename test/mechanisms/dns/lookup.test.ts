import type { Answer } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { DnsError } from '../../../src/mechanisms/dns/index.js'
import { lookUp } from '../../../src/mechanisms/dns/lookup.js'
import type { DnsMessage } from '../../../src/mechanisms/dns/message.js'
import { silentLogger } from '../../../src/telemetry/index.js'

const record: Answer = { type: 'A', name: 'a', data: '10.0.0.1' }
const good: DnsMessage = { rcode: 'NOERROR', isTruncated: false, answers: [record] }
const empty: DnsMessage = { ...good, answers: [] }
const gone: DnsMessage = { ...empty, rcode: 'NXDOMAIN' }
const broken: DnsMessage = { ...empty, rcode: 'SERVFAIL' }
const cut: DnsMessage = { ...empty, isTruncated: true }
const silence = new DnsError('i/o timeout')

type Script = Readonly<Record<string, DnsMessage | Error>>

/** Answers by `name@server` or `name@server/tcp`; whatever the script does not have does not exist. */
async function run(
  name: string,
  script: Script,
  config = 'nameserver 1\nnameserver 2\nsearch x y',
): Promise<{ result: readonly Answer[] | string; asked: readonly string[]; warnings: number }> {
  const asked: string[] = []
  let warnings = 0
  const parts = {
    readConfig: () => Promise.resolve(config),
    query: (
      protocol: 'udp' | 'tcp',
      question: { readonly name: string },
      server: { readonly address: string },
    ) => {
      const key = `${question.name}@${server.address}${protocol === 'tcp' ? '/tcp' : ''}`
      asked.push(key)
      const reply = Object.hasOwn(script, key) ? script[key] : gone
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply ?? gone)
    },
    random: () => 0,
    port: 53,
    logger: {
      ...silentLogger,
      warn: () => {
        warnings += 1
      },
    },
  }
  const result = await lookUp(name, 'A', parts, new AbortController().signal).catch(
    (error: unknown) => (error as Error).message,
  )
  return { result, asked, warnings }
}

const unsure =
  'could not resolve "a": all servers responded with errors to at least one search domain'

describe('lookUp', () => {
  it.each<[string, Script, readonly Answer[] | string, readonly string[], number]>([
    ['takes the first name that exists', { 'a.x.@1': good }, [record], ['a.x.@1'], 0],
    [
      'takes a later name when the earlier ones do not exist',
      { 'a.y.@1': good },
      [record],
      ['a.x.@1', 'a.y.@1'],
      0,
    ],
    [
      'takes a name that exists without such records, and looks no further',
      { 'a.x.@1': empty, 'a.y.@1': good },
      [],
      ['a.x.@1'],
      0,
    ],
    ['is sure that there is nothing when no name exists', {}, [], ['a.x.@1', 'a.y.@1', 'a.@1'], 0],
    [
      'asks the next server after one that is silent, with a warning',
      { 'a.x.@1': silence, 'a.x.@2': good },
      [record],
      ['a.x.@1', 'a.x.@2'],
      1,
    ],
    [
      'asks the next server after one that is broken, without a warning',
      { 'a.x.@1': broken, 'a.x.@2': good },
      [record],
      ['a.x.@1', 'a.x.@2'],
      0,
    ],
    [
      'believes a server that the name does not exist, and asks no other',
      { 'a.x.@2': good, 'a.@1': good },
      [record],
      ['a.x.@1', 'a.y.@1', 'a.@1'],
      0,
    ],
    [
      'goes on to the next name when all servers fail, and takes it if it exists',
      { 'a.x.@1': broken, 'a.x.@2': silence, 'a.y.@1': good },
      [record],
      ['a.x.@1', 'a.x.@2', 'a.y.@1'],
      1,
    ],
    [
      'fails when all servers failed for one name and the others do not exist',
      { 'a.x.@1': broken, 'a.x.@2': broken },
      unsure,
      ['a.x.@1', 'a.x.@2', 'a.y.@1', 'a.@1'],
      0,
    ],
    [
      'asks again over TCP what was cut off',
      { 'a.x.@1': cut, 'a.x.@1/tcp': good },
      [record],
      ['a.x.@1', 'a.x.@1/tcp'],
      0,
    ],
    [
      'stays with TCP for the servers after that, but not for the names',
      { 'a.x.@1': cut, 'a.x.@1/tcp': silence, 'a.x.@2/tcp': gone, 'a.y.@1': good },
      [record],
      ['a.x.@1', 'a.x.@1/tcp', 'a.x.@2/tcp', 'a.y.@1'],
      1,
    ],
    [
      'takes what is cut off over TCP too for a failure',
      { 'a.x.@1': cut, 'a.x.@1/tcp': cut, 'a.x.@2/tcp': good },
      [record],
      ['a.x.@1', 'a.x.@1/tcp', 'a.x.@2/tcp'],
      1,
    ],
  ])('%s', async (_, script, result, asked, warnings) => {
    expect(await run('a', script)).toEqual({ result, asked, warnings })
  })

  it('fails without servers', async () => {
    expect(await run('a', {}, 'search x')).toMatchObject({ result: unsure, asked: [] })
  })

  it('fails when resolv.conf cannot be read, and names it', async () => {
    const parts = {
      readConfig: () => Promise.reject(new Error('ENOENT: no such file')),
      query: () => Promise.resolve(good),
      random: () => 0,
      port: 53,
      logger: silentLogger,
    }
    await expect(lookUp('a', 'A', parts, new AbortController().signal)).rejects.toMatchObject({
      code: 'ERR_DISCOVERY_DNS',
      message: 'could not load resolv.conf: ENOENT: no such file',
    })
  })
})
