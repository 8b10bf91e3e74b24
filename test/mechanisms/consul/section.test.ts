import { describe, expect, it } from 'vitest'
import { consulSection } from '../../../src/mechanisms/consul/section.js'
import { decodeText } from '../../../src/yaml/index.js'

const messages = (yaml: string): readonly string[] =>
  decodeText(consulSection, 'sd.yml', yaml).issues.map(({ message }) => message)

describe('the section of consul_sd_configs', () => {
  it.each([
    ['with a scheme', 'http://u:pw@a:8500', 'http://u:xxxxx@a:8500'],
    ['without one', 'u:pw@a:8500', 'u:xxxxx@a:8500'],
    ['that is not there', 'a:8500', 'a:8500'],
  ])('prints no password of a server %s', (_, server, printed) => {
    const { value } = decodeText(consulSection, 'sd.yml', `server: ${server}`)
    expect(value.server).toBe(server)
    expect(consulSection.encode(value)).toMatchObject({ server: printed })
  })

  it('has Prometheus defaults, and is printed as Prometheus prints it', () => {
    const { value, issues } = decodeText(consulSection, 'sd.yml', '{}')
    expect(issues).toEqual([])
    expect(value).toMatchObject({
      server: 'localhost:8500',
      tag_separator: ',',
      scheme: 'http',
      allow_stale: true,
      refresh_interval: 30_000,
      services: [],
      tags: [],
      node_meta: {},
    })
    expect(consulSection.encode(value)).toEqual({
      server: 'localhost:8500',
      tag_separator: ',',
      scheme: 'http',
      allow_stale: true,
      refresh_interval: '30s',
      follow_redirects: true,
      enable_http2: true,
    })
  })

  it('turns username and password into basic_auth, and never prints the password', () => {
    const { value } = decodeText(consulSection, 'sd.yml', 'username: me\npassword: secret')
    expect(value).toMatchObject({ username: '', http: { basic_auth: { username: 'me' } } })
    expect(value.http.basic_auth?.password.reveal()).toBe('secret')
    const printed = consulSection.encode(value)
    expect(printed).toMatchObject({ basic_auth: { username: 'me', password: '<secret>' } })
    expect(JSON.stringify(printed)).not.toContain('secret"')
  })

  it.each([
    ['a blank server', 'server: " "', 'consul SD configuration requires a server address'],
    [
      'a username beside basic_auth',
      'username: me\nbasic_auth: {username: you}',
      'at most one of consul SD configuration username and password and basic auth can be configured',
    ],
    [
      'a password beside an authorization',
      'password: x\nauthorization: {credentials: y}',
      'at most one of basic_auth, oauth2 & authorization must be configured',
    ],
    [
      'a username beside a bearer token',
      'username: me\nbearer_token: y',
      'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    ],
    [
      'a token beside an authorization',
      'token: x\nauthorization: {credentials: y}',
      'at most one of consul SD token, authorization, or oauth2 can be configured',
    ],
    [
      'a token beside oauth2',
      'token: x\noauth2: {client_id: a, client_secret: b, token_url: "http://x"}',
      'at most one of consul SD token, authorization, or oauth2 can be configured',
    ],
    ['a key that is none', 'datacentre: x', 'field datacentre not found in type consul.SDConfig'],
  ])('refuses %s', (_, yaml, message) => {
    expect(messages(yaml)).toEqual([message])
  })

  it('lets a token through beside the deprecated bearer_token, as Prometheus does', () => {
    expect(messages('token: x\nbearer_token: y')).toEqual([])
  })
})
