import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import type { FindGroups } from '../../../src/mechanisms/kit/polled.js'
import { uyuni } from '../../../src/mechanisms/uyuni/index.js'
import { groups } from '../../../src/mechanisms/uyuni/search.js'
import { Turns } from '../../../src/waiting/turns.js'
import { clientOf, serve } from '../../http/harness.js'
import { decode, userAgent } from '../suite/run.js'

const minute = 60_000

function answerOf(value: string): string {
  return `<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`
}

function faultOf(words: string): string {
  return `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>2950</int></value></member><member><name>faultString</name><value>${words}</value></member></struct></value></fault></methodResponse>`
}

/** A server that gives token after token, `token-1` first, and knows no systems. */
class Uyuni {
  /** Each method that was called, with the token it was given. */
  readonly calls: string[] = []
  now = 1_000_000 * minute
  /** What it answers in place of answering well, by method. */
  readonly answers = new Map<string, string>()
  readonly #find: FindGroups
  #tokens = 0
  #url = ''

  private constructor(password: string) {
    this.#find = groups(
      decode(uyuni({ registry: new Registry(), env: {}, userAgent }), {
        server: 'http://uyuni.example/',
        username: 'admin',
        password,
      }) as Parameters<typeof groups>[0],
    )
  }

  static async open(password = 'geheim'): Promise<Uyuni> {
    const one = new Uyuni(password)
    const server = await serve(({ body }, response) => response.end(one.#answer(body)))
    one.#url = `${server.url}rpc/api`
    return one
  }

  async poll(): Promise<void> {
    await this.#find(
      createApi({
        client: clientOf(''),
        baseUrl: this.#url,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        turns: new Turns(),
        now: () => this.now,
      }),
    )
  }

  #answer(body: string): string {
    const [, method = '', first = ''] = /<methodName>(.*?)<.*?<string>(.*?)</s.exec(body) ?? []
    this.calls.push(`${method.replace(/.*\./, '')} ${first}`)
    const answer = this.answers.get(method)
    if (answer !== undefined) return answer
    if (method !== 'auth.login') return answerOf('<array><data/></array>')
    this.#tokens += 1
    return answerOf(`<string>token-${String(this.#tokens)}</string>`)
  }
}

const list = 'listSystemGroupsForSystemsWithEntitlement'

describe('a token of Uyuni', () => {
  it.each<[title: string, afterMs: number, calls: readonly string[]]>([
    ['is kept for five minutes', 5 * minute, [`${list} token-1`]],
    ['is renewed then', 5 * minute + 1, ['login admin', `${list} token-2`]],
    ['is renewed where the clock was set back', -1, ['login admin', `${list} token-2`]],
  ])('%s', async (_title, afterMs, calls) => {
    const server = await Uyuni.open()
    await server.poll()
    expect(server.calls.splice(0)).toEqual(['login admin', `${list} token-1`])
    server.now += afterMs
    await server.poll()
    expect(server.calls).toEqual(calls)
  })

  it('is asked for again after a poll that failed, even where the token was not to blame', async () => {
    const server = await Uyuni.open()
    await server.poll()
    server.calls.splice(0)
    server.answers.set(`system.${list}`, faultOf('session token-1 has expired'))
    await expect(server.poll()).rejects.toThrow(
      `: system.${list}: session <secret> has expired (fault 2950)`,
    )
    server.answers.clear()
    await server.poll()
    expect(server.calls).toEqual([`${list} token-1`, 'login admin', `${list} token-2`])
  })
})

describe('a login at Uyuni', () => {
  it.each<[title: string, answer: string, says: string]>([
    [
      'says what the server says, without the password',
      faultOf(' Either the password\n(geheim) or\tusername is incorrect. '),
      ': auth.login: Either the password (<secret>) or username is incorrect. (fault 2950)',
    ],
    [
      'says what is wrong with an answer that has no token',
      answerOf('<int>1</int>'),
      ': auth.login: expected a string, got a number',
    ],
    [
      'says so where the answer is not of XML-RPC',
      '<html/>',
      ': auth.login: expected an XML-RPC response',
    ],
  ])('%s', async (_title, answer, says) => {
    const server = await Uyuni.open()
    server.answers.set('auth.login', answer)
    await expect(server.poll()).rejects.toThrow(says)
    server.answers.clear()
    await server.poll()
    expect(server.calls).toEqual(['login admin', 'login admin', `${list} token-1`])
  })

  it('leaves words alone that have a very short password in them', async () => {
    const server = await Uyuni.open('a')
    server.answers.set('auth.login', faultOf('a bad idea'))
    await expect(server.poll()).rejects.toThrow('a bad idea')
  })
})
