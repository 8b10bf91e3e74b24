import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CloudRequest, WholeAnswer } from '../suite/clouds.js'
import { type Seen, tenancyOf, type Tenancy } from './polls.js'

type Answer = Omit<WholeAnswer, 'kind'>

const fixture = (name: string): string => path.join(import.meta.dirname, 'fixtures', name)
const key_file = fixture('key.pem')
const refused: Answer = {
  status: 404,
  body: '{"code":"NotAuthorizedOrNotFound","message":"Authorization failed."}',
}

/** A tree of compartments, by their parents; each has one instance whose address is its name. */
class Tree {
  readonly asked: string[] = []
  /** What is refused: `instances of a`, `compartments of t`. */
  refusing = ''
  status: Answer = refused
  children: Readonly<Record<string, readonly string[]>>

  constructor(children: Readonly<Record<string, readonly string[]>>) {
    this.children = children
  }

  answer({ line }: CloudRequest): Answer {
    const { pathname, searchParams } = new URL(line)
    const [, , what = '', id = ''] = pathname.split('/')
    const of = searchParams.get('compartmentId') ?? id
    this.asked.push(`${what} of ${of}`)
    if (this.refusing === `${what} of ${of}`) return this.status
    const lifecycleState = what === 'compartments' ? 'ACTIVE' : 'ATTACHED'
    const bodies: Readonly<Record<string, unknown>> = {
      compartments: (this.children[of] ?? []).map((child) => ({ id: child, lifecycleState })),
      instances: [{ id: of, compartmentId: of }],
      vnicAttachments: [{ instanceId: of, vnicId: of, lifecycleState }],
      vnics: { isPrimary: true, privateIp: id },
    }
    return { body: JSON.stringify(bodies[what]) }
  }

  polls(compartments: readonly string[] = []): Promise<Tenancy> {
    return tenancyOf({ key_file, compartments }, (request) => this.answer(request))
  }
}

const foundIn = (...names: readonly string[]): Seen['found'] =>
  Object.fromEntries(names.map((name) => [`OCI/${name}`, [`${name}:80`]]))

describe('the compartments of a tenancy', () => {
  it('are found level by level, each once', async () => {
    const tree = new Tree({ t: ['a', 'b'], a: ['c', 't'], b: ['c'], c: ['a'] })
    const { poll } = await tree.polls()
    expect(await poll()).toEqual({ found: foundIn('t', 'a', 'b', 'c') })
    expect(tree.asked.filter((one) => one.startsWith('compartments'))).toEqual([
      'compartments of t',
      'compartments of a',
      'compartments of b',
      'compartments of c',
    ])
  })

  it('are not asked for where the config names some', async () => {
    const tree = new Tree({ t: ['a'] })
    const { poll } = await tree.polls(['x', 'x'])
    expect(await poll()).toEqual({ found: foundIn('x') })
    expect(tree.asked).toEqual(['instances of x', 'vnicAttachments of x', 'vnics of x'])
  })

  it('keep the targets of all that may be below one that cannot be listed, which is named', async () => {
    const tree = new Tree({ t: ['a', 'b'], a: ['c'] })
    const { poll } = await tree.polls()
    await poll()
    tree.refusing = 'compartments of a'
    expect(await poll()).toEqual({
      found: foundIn('t', 'a', 'b'),
      trouble: expect.stringMatching(
        /^unable to find the instances of compartment in a: https:.* 404 Not Found$/,
      ) as string,
    })
    tree.refusing = ''
    tree.children = { t: ['b'] }
    expect(await poll()).toEqual({ found: foundIn('t', 'b') })
  })

  it.each(['instances', 'vnicAttachments', 'vnics'])(
    'keep their targets and are named where their %s cannot be had',
    async (what) => {
      const tree = new Tree({ t: ['a', 'b'] })
      const { poll } = await tree.polls()
      tree.refusing = `${what} of a`
      expect(await poll()).toEqual({
        found: foundIn('t', 'b'),
        trouble: expect.stringContaining('instances of compartment a: https:') as string,
      })
    },
  )

  it('lose their targets where they are gone, also while another fails', async () => {
    const tree = new Tree({ t: ['a', 'b'] })
    const { poll } = await tree.polls()
    await poll()
    tree.children = { t: ['a'] }
    tree.refusing = 'instances of a'
    expect((await poll()).found).toEqual({ ...foundIn('t'), 'OCI/b': [] })
  })

  it.each([401, 429, 503])('fail the poll where one is refused with %d', async (status) => {
    const tree = new Tree({ t: ['a'] })
    const { poll } = await tree.polls()
    tree.refusing = 'instances of a'
    tree.status = { status, body: '{"code":"No","message":"no"}' }
    await expect(poll()).rejects.toMatchObject({ status })
  })

  it('fail the poll where a list leads back to a page', async () => {
    const { poll } = await tenancyOf({ key_file, compartments: ['a'] }, () => ({
      body: '[]',
      headers: { 'opc-next-page': 'again' },
    }))
    await expect(poll()).rejects.toThrow('the list of pages does not end')
  })
})

describe('requests to Oracle', () => {
  it('go out ten a second once there have been fifty', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `c${String(i)}`)
    const tree = new Tree({})
    const { poll, scheduler } = await tree.polls(names)
    const start = scheduler.now()
    await poll()
    expect(tree.asked).toHaveLength(60)
    expect(scheduler.now() - start).toBe(10 * 100)
  })
})

describe('the key of a user', () => {
  it.each<[string, Readonly<Record<string, string>>, string | RegExp]>([
    [
      'a file that is not there',
      { key_file: '/nowhere/key.pem' },
      /^unable to read key_file \/nowhere\/key\.pem: /,
    ],
    ['a file without a key', { key_file: fixture('public.pem') }, /^key_file .*public\.pem: /],
    ['a key without its passphrase', { key_file: fixture('encrypted.pem') }, /^key_file .*: /],
    [
      'a passphrase that is not there',
      { key_file: fixture('encrypted.pem'), key_passphrase_file: '/nowhere/p' },
      /^unable to read key_passphrase_file \/nowhere\/p: /,
    ],
    [
      'a wrong passphrase',
      { key_file: fixture('encrypted.pem'), key_passphrase_file: fixture('nothing.json') },
      /^key_file .*encrypted\.pem: /,
    ],
    [
      'a key that is not RSA',
      { key_file: path.resolve(import.meta.dirname, '../../helpers/pki/server1.key') },
      /^key_file .*server1\.key: Oracle takes RSA keys only$/,
    ],
  ])('is an error that names the file for %s', async (_, given, says) => {
    const { poll } = await tenancyOf({ ...given, compartments: ['a'] }, () => ({ body: '[]' }))
    await expect(poll()).rejects.toMatchObject({
      code: 'ERR_OCI_KEY',
      message: expect.stringMatching(says) as string,
    })
  })
})
