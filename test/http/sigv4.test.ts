import { describe, expect, it } from 'vitest'
import { type SignableRequest, signForAws } from '../../src/http/index.js'

// AWS's published test suite: https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
const scope = { region: 'us-east-1', service: 'service' }
const keys = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
}
const now = Date.UTC(2015, 7, 30, 12, 36)

describe('a signature for AWS', () => {
  it.each([
    {
      name: 'get-vanilla',
      signed: 'host;x-amz-date',
      signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
    {
      name: 'get-vanilla-query-order-key-case',
      path: '/?Param2=value2&Param1=value1',
      signed: 'host;x-amz-date',
      signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    },
    {
      name: 'get-unreserved',
      path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      signed: 'host;x-amz-date',
      signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    },
    {
      name: 'post-vanilla',
      method: 'POST',
      signed: 'host;x-amz-date',
      signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    },
    {
      name: 'post-header-key-sort',
      method: 'POST',
      headers: { 'my-header1': 'value1' },
      signed: 'host;my-header1;x-amz-date',
      signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    },
    {
      name: 'post-x-www-form-urlencoded',
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
      signed: 'content-type;host;x-amz-date',
      signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    },
  ])('is that of $name in the test suite of AWS', (vector) => {
    const { method = 'GET', path = '/', headers = {}, body = '', signed, signature } = vector
    expect(signForAws({ ...request(path), method, headers, body }, scope, keys, now)).toEqual({
      ...headers,
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
    })
  })

  // Computed with botocore, Amazon's SDK for Python.
  it.each([
    {
      name: 'of the query protocol',
      url: 'https://ec2.eu-west-1.amazonaws.com/',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'Action=X&Version=1',
      signature: 'b26512e435ab0bff6fc825eea2f269a1c5ca3aa9da2610fdd74244837bf44cec',
    },
    {
      name: 'with an escaped path and a query',
      method: 'GET',
      url: 'https://kafka.eu-west-1.amazonaws.com/v1/clusters/arn%3Aaws%3Akafka%3Aeu-west-1%3A1%3Acluster%2Fa/nodes?nextToken=a%2Bb%2F%3D&maxResults=100&a=',
      signature: 'fdde401863710f2969f863a01c4c4a046b880c2fd05b0d6679d39a38ca138eb0',
    },
    {
      name: 'with temporary keys, a port, odd blanks and other letters',
      url: 'http://127.0.0.1:8080/a%20b/~x',
      headers: {
        'x-amz-target': 'T.X',
        'content-type': 'application/x-amz-json-1.1',
        'x-b': 'a   b ',
      },
      body: '{"ä":1}',
      sessionToken: 'tok/en+=',
      signature: 'd116ff89a69f9fe19e0bdeac04af358a9402367a07dfedf7e98d6ea4e977a42b',
    },
  ])('is that of another signer for a request $name', (one) => {
    const { method = 'POST', url, headers = {}, body = '', sessionToken, signature } = one
    const signed = signForAws(
      { method, url: new URL(url), headers, body },
      { region: 'eu-west-1', service: 'ec2' },
      { accessKey: 'AK', secretKey: 'SK', sessionToken },
      Date.UTC(2026, 0, 2, 3, 4, 5),
    )
    expect(signed['authorization']).toMatch(new RegExp(`Signature=${signature}$`))
  })

  // Computed with curl 7.88.1: `--aws-sigv4 osc:osc:<region>:api`, which Outscale's engineers wrote.
  it.each([
    ['eu-west-2', '{}', '790270ccde81192df42461d1af9adbe7bca984aeb0523c943846cfbdb977221f'],
    [
      'us-east-2',
      '{"NextPageToken":"ü=/+"}',
      '5689899b6d2c381ec81ef4c957405583763eebcf4f9807e4621e2a256efe754e',
    ],
  ])('is that of curl for Outscale in %s', (region, body, signature) => {
    const url = new URL(`https://api.${region}.outscale.com/api/v1/ReadVms`)
    const headers = { 'content-type': 'application/json' }
    const signed = signForAws(
      { method: 'POST', url, headers, body },
      { vendor: 'OSC', region, service: 'api' },
      { accessKey: 'AK123', secretKey: 'geheim-SK/+x', sessionToken: undefined },
      Date.UTC(2026, 10, 28, 3, 41, 4),
    )
    expect(signed).toEqual({
      ...headers,
      'x-osc-date': '20261128T034104Z',
      authorization: `OSC4-HMAC-SHA256 Credential=AK123/20261128/${region}/api/osc4_request, SignedHeaders=content-type;host;x-osc-date, Signature=${signature}`,
    })
  })

  it('covers the token of temporary keys, the path, the query, each header and the body', () => {
    const all = [
      sign(request('/')),
      sign(request('/x')),
      sign(request('/x%20y')),
      sign(request('/?x=y')),
      sign({ ...request('/'), body: 'a' }),
      sign({ ...request('/'), headers: { a: 'b' } }),
      sign(request('/'), 'token'),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(all.at(-1)).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token')
  })
})

function request(path: string): SignableRequest {
  const url = new URL(path, 'https://example.amazonaws.com/')
  return { method: 'POST', url, body: '' }
}

function sign(one: SignableRequest, sessionToken?: string): string {
  return signForAws(one, scope, { ...keys, sessionToken }, now)['authorization'] ?? ''
}
