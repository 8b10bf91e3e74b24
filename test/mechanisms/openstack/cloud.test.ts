import { describe, expect, it } from 'vitest'
import { Cloud } from '../../../src/mechanisms/openstack/cloud.js'
import { hypervisors } from '../../../src/mechanisms/openstack/hypervisors.js'
import { instances } from '../../../src/mechanisms/openstack/instances.js'
import { serve } from '../../http/harness.js'
import { apiAt } from './harness.js'

/** A cloud that answers requests by their URL; any other with an object that lists nothing. */
async function cloudOf(
  answers: Readonly<Record<string, unknown>>,
): Promise<{ readonly cloud: Cloud; asked(): readonly string[] }> {
  const server = await serve(({ url }, response) =>
    response.end(JSON.stringify(answers[url] ?? {})),
  )
  const endpoint = { interface: 'public', regions: ['r'], url: server.url.slice(0, -1) }
  const catalog = ['compute', 'network'].map((type) => ({ ...endpoint, type }))
  const token = { id: 'geheim', catalog }
  const cloud = new Cloud(apiAt(server.url), token, { availability: 'public', region: 'r' })
  return { cloud, asked: () => server.asked.map(({ url }) => url) }
}

const linkTo = (href: string): unknown => [
  { rel: 'previous', href: '/never' },
  { rel: 'next', href },
]

async function idsOf(cloud: Cloud): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const labels of hypervisors(cloud, { port: 80 })) {
    ids.push(labels['__meta_openstack_hypervisor_id'] ?? '')
  }
  return ids
}

async function labelsOf(cloud: Cloud): Promise<readonly unknown[]> {
  const found = []
  for await (const labels of instances(cloud, { port: 80, all_tenants: false })) found.push(labels)
  return found
}

const list = '/os-hypervisors/detail'

describe('a list of several pages', () => {
  it.each([
    [
      'another host, which may not be reached',
      'https://nova.internal:8774/v2.1/x?marker=1&limit=1',
    ],
    ['another path, of a proxy that takes the first part of it off', '/v2.1/x?marker=1&limit=1'],
    ['no more than a query', '?marker=1&limit=1#part'],
  ])('is followed at its own place where the next page is linked by %s', async (_, href) => {
    const { cloud, asked } = await cloudOf({
      [list]: { hypervisors: [{ id: 1 }], hypervisors_links: linkTo(href) },
      [`${list}?marker=1&limit=1`]: { hypervisors: [{ id: 'two' }] },
    })
    expect(await idsOf(cloud)).toEqual(['1', 'two'])
    expect(asked()).toEqual([list, `${list}?marker=1&limit=1`])
  })

  it('ends at the first page that is empty, whatever it links', async () => {
    const { cloud, asked } = await cloudOf({
      [list]: { hypervisors: [{ id: 1 }], hypervisors_links: linkTo('?marker=1') },
      [`${list}?marker=1`]: { hypervisors: [], hypervisors_links: linkTo('?marker=2') },
    })
    expect(await idsOf(cloud)).toEqual(['1'])
    expect(asked()).toHaveLength(2)
  })

  it.each(['?marker=1', '/other'])('is an error where it leads back by %j', async (href) => {
    const page = { hypervisors: [{ id: 1 }], hypervisors_links: linkTo(href) }
    const { cloud } = await cloudOf({ [list]: page, [`${list}?marker=1`]: page })
    await expect(idsOf(cloud)).rejects.toThrow(/it leads back to this page$/)
  })
})

describe('an instance', () => {
  it('has the name of its flavor where Nova has no id of it any more', async () => {
    const server = {
      id: 's',
      flavor: { original_name: 'm1' },
      addresses: { n: [{ addr: '127.0.0.1' }] },
    }
    const { cloud, asked } = await cloudOf({ '/servers/detail': { servers: [server] } })
    expect(await labelsOf(cloud)).toMatchObject([{ __meta_openstack_instance_flavor: 'm1' }])
    // No floating IP leads anywhere: no port is asked for.
    expect(asked().map((url) => url.replace(/\?.*/, ''))).toEqual([
      '/v2.0/floatingips',
      '/servers/detail',
    ])
  })
})
