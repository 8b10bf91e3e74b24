import { describe, expect, it } from 'vitest'
import { signRequest } from '../../src/notifier/sigv4.js'

// AWS's published test suite: https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
const signer = {
  region: 'us-east-1',
  service: 'service',
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
}
const now = Date.UTC(2015, 7, 30, 12, 36)

describe('a signature for AWS', () => {
  it.each([
    {
      name: 'get-vanilla',
      method: 'GET',
      signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
    {
      name: 'post-vanilla',
      method: 'POST',
      signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    },
  ])('is that of $name in the test suite of AWS', ({ method, signature }) => {
    const url = new URL('https://example.amazonaws.com/')
    expect(signRequest({ method, url, body: '' }, signer, now)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    })
  })

  it('covers the token of temporary credentials, the path and the body', () => {
    const all = [
      sign('/', ''),
      sign('/x', ''),
      sign('/x%20y', ''),
      sign('/', 'a'),
      sign('/', '', 'token'),
    ]
    expect(new Set(all).size).toBe(5)
    expect(all[4]).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token')
  })
})

function sign(path: string, body: string, sessionToken?: string): string {
  const url = new URL(path, 'https://example.amazonaws.com/')
  const request = { method: 'POST', url, body }
  return signRequest(request, { ...signer, sessionToken }, now)['authorization'] ?? ''
}
