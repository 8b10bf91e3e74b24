import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { type Chain, loadChains } from '../../src/chains/index.js'
import { eachSection, linkMaker } from '../../src/chains/chain-mechanism.js'
import { nextLinks, noLinks } from '../../src/chains/links.js'
import type { Config } from '../../src/config/index.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { Turns } from '../../src/waiting/turns.js'

const mechanisms = builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'test' })
const config = { jobs: [{ job_name: 'apps' }] } as unknown as Config

async function makerOf(section: string, more = '') {
  const text = `chains: [{job: apps, from: {static_configs: [{targets: [a]}]}, each: {http_sd_configs: [${section}]}${more}}]`
  const [chain] = (await loadChains('/etc/chains.yml', config, {
    mechanisms,
    turns: new Turns(),
    readFile: async () => Buffer.from(text),
  })) as readonly [Chain]
  return linkMaker(chain.config, eachSection(mechanisms))
}

describe('the values of labels', () => {
  it.each([
    { what: 'YAML', value: "x', refresh_interval: '1s", url: "http://h/x', refresh_interval: '1s" },
    { what: 'a flow map', value: '{a: b}', url: 'http://h/{a: b}' },
    { what: 'another placeholder', value: '{{__address__}}', url: 'http://h/{{__address__}}' },
    { what: "JavaScript's own replacement marks", value: "$&$1$'", url: "http://h/$&$1$'" },
    { what: 'an alias and a tag', value: '*x !!int 5', url: 'http://h/*x !!int 5' },
    { what: 'the name of an object of JavaScript', value: '__proto__', url: 'http://h/__proto__' },
  ])('that look like $what are text', async ({ value, url }) => {
    const maker = await makerOf("{url: 'http://h/{{v}}'}")
    const [made] = maker.make({ __address__: 'a:1', v: value })
    expect(made?.config).toMatchObject({ url, refresh_interval: 60_000 })
  })

  it.each([
    { what: 'a label that is not there', labels: {}, says: 'it has no label "v"' },
    { what: 'an empty label', labels: { v: '' }, says: 'it has no label "v"' },
    { what: 'a line break', labels: { v: 'a\nb' }, says: 'label "v" holds a control character' },
    { what: 'an escape', labels: { v: '\u001b[2J' }, says: 'label "v" holds a control character' },
    {
      what: 'a URL that cannot be',
      labels: { v: '[::' },
      says: 'chains[0].each.http_sd_configs[0].url: ',
    },
  ])('$what makes no config', async ({ labels, says }) => {
    const maker = await makerOf("{url: 'http://{{v}}/'}")
    expect(() => maker.make(labels)).toThrow(says)
  })

  it.each(['../../etc/shadow', '/etc/shadow', '..', '.hidden', 'a/b', 'a\u0000'])(
    '%j does not lead to another file',
    async (value) => {
      const maker = await makerOf(
        "{url: 'http://h', authorization: {credentials_file: 'tokens/{{v}}'}}",
      )
      expect(() => maker.make({ v: value })).toThrow(/in the path of a file|control character/)
    },
  )

  it('may be a part of a file name', async () => {
    const maker = await makerOf(
      "{url: 'http://h', authorization: {credentials_file: 'tokens/{{v}}.jwt'}}",
    )
    const [made] = maker.make({ v: 'eu-1.a' })
    expect(made?.config).toMatchObject({
      http: { authorization: { credentials_file: '/etc/tokens/eu-1.a.jwt' } },
    })
  })

  it('are what two targets are told apart by, and no other label', async () => {
    const maker = await makerOf("{url: 'http://{{a}}/'}", ", labels: {dc: '{{dc}}'}")
    const key = maker.keyOf({ a: '1', dc: 'eu' })
    expect(maker.keyOf({ a: '1', dc: 'eu', other: 'x' })).toBe(key)
    expect(maker.keyOf({ a: '1', dc: 'us' })).not.toBe(key)
    expect(maker.keyOf({ a: '2', dc: 'eu' })).not.toBe(key)
  })
})

const source = (isWhole: boolean, ...names: readonly string[]) => ({
  kept: names.map((a) => ({ a })),
  faults: [],
  isWhole,
})
const followed = (links: ReturnType<typeof nextLinks>) => [...links.made.keys()].join('')

describe('links', () => {
  const maker = { limit: 3, keyOf: ({ a = '' }) => a, make: () => [] }
  it.each([
    {
      title: 'the first ones come in the order of their names',
      steps: [source(true, 'c', 'a', 'b')],
      made: ['abc'],
    },
    {
      title: 'one that goes makes room',
      steps: [
        source(true, 'b', 'c', 'd'),
        source(true, 'a', 'b', 'c', 'd'),
        source(true, 'a', 'c', 'd'),
      ],
      made: ['bcd', 'bcd', 'cda'],
    },
    {
      title: 'none goes while the source is not whole',
      steps: [source(true, 'a', 'b'), source(false), source(false, 'c'), source(true, 'c')],
      made: ['ab', 'ab', 'abc', 'c'],
    },
    {
      title: 'all go with an empty answer',
      steps: [source(true, 'a'), source(true)],
      made: ['a', ''],
    },
  ])('$title', ({ steps, made }) => {
    let links = noLinks
    expect(
      steps.map((step) => {
        links = nextLinks(links, step, maker)
        return followed(links)
      }),
    ).toEqual(made)
  })

  it('make each config once', () => {
    let made = 0
    const counting = { ...maker, make: () => [void (made += 1)].flatMap(() => []) }
    let links = nextLinks(noLinks, source(true, 'a', 'b'), counting)
    links = nextLinks(links, source(true, 'b', 'a', 'a'), counting)
    expect(made).toBe(2)
  })
})
