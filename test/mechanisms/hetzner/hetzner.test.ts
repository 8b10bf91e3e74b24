import { describe, expect, it } from 'vitest'
import { hetzner } from '../../../src/mechanisms/hetzner.js'
import { type CloudAnswer, type Clouds, playClouds } from '../clouds.js'
import { type Polling, pollingOf, readElement } from '../polling.js'
import { answer } from './answer.js'

const json = (value: unknown): CloudAnswer => ({ json: value })

type Answer = Parameters<typeof playClouds>[0]

async function start(keys: string, of: Answer = answer): Promise<Polling & Pick<Clouds, 'asked'>> {
  const clouds = await playClouds(of)
  return { ...pollingOf(hetzner, clouds.keys + keys), asked: clouds.asked }
}

describe('hetzner_sd_configs', () => {
  it.each([
    ['{}', 'role missing (one of: robot, hcloud)'],
    ['{role: }', 'role missing (one of: robot, hcloud)'],
    ['{role: cloud}', 'unknown role "cloud"'],
    ['{role: hcloud, servers: []}', 'field servers not found in type hetzner.plain'],
    [
      '{role: robot, bearer_token: a, bearer_token_file: b}',
      'at most one of bearer_token & bearer_token_file must be configured',
    ],
  ])('refuses %s', (yaml, message) => {
    expect(readElement(hetzner, yaml).issues).toEqual([message])
  })

  it('asks every minute for port 80 unless told otherwise', () => {
    expect(readElement(hetzner, 'role: hcloud').config).toMatchObject({
      role: 'hcloud',
      refresh_interval: 60_000,
      port: 80,
      label_selector: '',
    })
  })
})

describe('hetzner_sd_configs with role hcloud', () => {
  it('gives every label of a server, on all pages', async () => {
    const { poll } = await start('role: hcloud\nport: 9100')
    expect(await poll()).toEqual([
      {
        source: 'hetzner',
        labels: {},
        targets: [
          {
            __address__: '127.20.0.1:9100',
            __meta_hetzner_role: 'hcloud',
            __meta_hetzner_server_id: '42',
            __meta_hetzner_server_name: 'web-1',
            __meta_hetzner_server_status: 'running',
            __meta_hetzner_public_ipv4: '127.20.0.1',
            __meta_hetzner_public_ipv6_network: '2001:db8:0:1::/64',
            __meta_hetzner_hcloud_location: 'fsn1',
            __meta_hetzner_hcloud_location_network_zone: 'eu-central',
            __meta_hetzner_hcloud_datacenter_location: 'fsn1',
            __meta_hetzner_hcloud_datacenter_location_network_zone: 'eu-central',
            __meta_hetzner_hcloud_server_type: 'cpx11',
            __meta_hetzner_hcloud_cpu_cores: '2',
            __meta_hetzner_hcloud_cpu_type: 'shared',
            __meta_hetzner_hcloud_memory_size_gb: '1',
            __meta_hetzner_hcloud_disk_size_gb: '40',
            __meta_hetzner_hcloud_image_name: 'debian-12',
            __meta_hetzner_hcloud_image_description: 'Debian 12',
            __meta_hetzner_hcloud_image_os_version: '12',
            __meta_hetzner_hcloud_image_os_flavor: 'debian',
            __meta_hetzner_hcloud_private_ipv4_my_net_1: '10.0.0.2',
            __meta_hetzner_hcloud_label_env: 'prod',
            __meta_hetzner_hcloud_label_team_example_com_owner: 'a b',
            __meta_hetzner_hcloud_label_empty: '',
            __meta_hetzner_hcloud_labelpresent_env: 'true',
            __meta_hetzner_hcloud_labelpresent_team_example_com_owner: 'true',
            __meta_hetzner_hcloud_labelpresent_empty: 'true',
          },
          {
            __address__: '<nil>:9100',
            __meta_hetzner_role: 'hcloud',
            __meta_hetzner_server_id: '9223372036854775807',
            __meta_hetzner_server_name: 'only-v6',
            __meta_hetzner_server_status: 'off',
            __meta_hetzner_public_ipv4: '<nil>',
            __meta_hetzner_public_ipv6_network: '2001:db8:0:2::/64',
            __meta_hetzner_hcloud_location: 'hel1',
            __meta_hetzner_hcloud_location_network_zone: 'eu-central',
            __meta_hetzner_hcloud_datacenter_location: 'hel1',
            __meta_hetzner_hcloud_datacenter_location_network_zone: 'eu-central',
            __meta_hetzner_hcloud_server_type: 'ccx63',
            __meta_hetzner_hcloud_cpu_cores: '48',
            __meta_hetzner_hcloud_cpu_type: 'dedicated',
            __meta_hetzner_hcloud_memory_size_gb: '192',
            __meta_hetzner_hcloud_disk_size_gb: '960',
          },
        ],
      },
    ])
  })

  it('asks for the servers that the selector chooses, 50 at a time, with the token', async () => {
    const { poll, asked, context } = await start(
      'role: hcloud\nlabel_selector: "env in (a, b)"\nbearer_token: t',
    )
    await poll()
    expect(asked.map(({ host, path: at, query }) => `${host}${at}?${query.toString()}`)).toEqual([
      'api.hetzner.cloud/v1/networks?page=1&per_page=50',
      'api.hetzner.cloud/v1/servers?label_selector=env+in+%28a%2C+b%29&page=1&per_page=50',
      'api.hetzner.cloud/v1/servers?label_selector=env+in+%28a%2C+b%29&page=2&per_page=50',
    ])
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer t']),
    )
    expect(context.requests).toBe(3)
  })

  it.each([
    {
      name: 'says so itself',
      given: { status: 401, json: { error: { code: 'unauthorized', message: 'no such token' } } },
      says: 'no such token (unauthorized)',
    },
    {
      name: 'says so itself, with an id for support',
      given: {
        status: 429,
        headers: { 'x-correlation-id': 'abc', 'retry-after': '3' },
        json: { error: { code: 'rate_limit_exceeded', message: 'limit reached' } },
      },
      says: 'limit reached (rate_limit_exceeded, abc)',
      retryAfterMs: 3000,
    },
    {
      name: 'has nothing to say',
      given: { status: 502, text: '<html>' },
      says: 'hcloud: server responded with status code 502',
    },
    {
      name: 'says something else',
      given: { status: 500, json: { error: 'no object' } },
      says: 'hcloud: server responded with status code 500',
    },
  ])('fails where the API refuses and $name', async ({ given, says, retryAfterMs }) => {
    const { poll } = await start('role: hcloud', () => given)
    await expect(poll()).rejects.toMatchObject({
      message: says,
      status: given.status,
      retryAfterMs,
    })
  })

  it('fails as a whole where one page does, and tells which value is wrong', async () => {
    const { poll } = await start('role: hcloud', (request) =>
      request.query.get('page') === '2'
        ? json({ servers: [{ id: 1 }, { id: 2, labels: { a: 1 } }] })
        : answer(request),
    )
    await expect(poll()).rejects.toThrow(
      'https://api.hetzner.cloud/v1/servers?page=2&per_page=50: servers[1].labels["a"]: ' +
        'expected a string, got a number',
    )
  })

  it('fails where the pages do not end', async () => {
    const { poll } = await start('role: hcloud', () =>
      json({ meta: { pagination: { next_page: 1 } } }),
    )
    await expect(poll()).rejects.toThrow('the list of pages does not end')
  })

  it('takes an answer without pages for the only one', async () => {
    const { poll } = await start('role: hcloud', () => json({}))
    expect(await poll()).toEqual([{ source: 'hetzner', labels: {}, targets: [] }])
  })
})

describe('hetzner_sd_configs with role robot', () => {
  it('gives every label of a server', async () => {
    const { poll, asked } = await start('role: robot\nbasic_auth: {username: u, password: p}')
    expect(await poll()).toEqual([
      {
        source: 'hetzner',
        labels: {},
        targets: [
          {
            __address__: '127.30.0.1:80',
            __meta_hetzner_role: 'robot',
            __meta_hetzner_server_id: '321',
            __meta_hetzner_server_name: 'db-1',
            __meta_hetzner_server_status: 'ready',
            __meta_hetzner_datacenter: 'nbg1-dc1',
            __meta_hetzner_public_ipv4: '127.30.0.1',
            __meta_hetzner_public_ipv6_network: '2001:DB8:30::/64',
            __meta_hetzner_robot_datacenter: 'nbg1-dc1',
            __meta_hetzner_robot_product: 'AX 102',
            __meta_hetzner_robot_cancelled: 'false',
          },
          {
            __address__: '127.30.0.2:80',
            __meta_hetzner_role: 'robot',
            __meta_hetzner_server_id: '322',
            __meta_hetzner_server_name: '',
            __meta_hetzner_server_status: 'in process',
            __meta_hetzner_datacenter: 'fsn1-dc10',
            __meta_hetzner_public_ipv4: '127.30.0.2',
            __meta_hetzner_robot_datacenter: 'fsn1-dc10',
            __meta_hetzner_robot_product: 'Server Auction',
            __meta_hetzner_robot_cancelled: 'true',
          },
        ],
      },
    ])
    expect(asked).toHaveLength(1)
    expect(asked[0]?.headers.authorization).toMatch(/^Basic /)
  })

  it('fails in the words of Prometheus where the API refuses', async () => {
    const { poll } = await start('role: robot', () => ({ status: 403, json: {} }))
    await expect(poll()).rejects.toThrow(
      /^non 2xx status '403' response during hetzner service discovery with role robot$/,
    )
  })
})
