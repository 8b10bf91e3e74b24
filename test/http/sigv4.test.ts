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
