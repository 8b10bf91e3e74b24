import { createServer } from 'node:http'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient, defaultHttpClientConfig } from '../../../src/http/index.js'
import { AwsClient } from '../../../src/mechanisms/aws/client.js'
import { type AwsService, endpointOf } from '../../../src/mechanisms/aws/endpoint.js'
import { AwsIdentity } from '../../../src/mechanisms/aws/identity.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { listen } from '../../helpers/listen.js'
import { until } from '../../helpers/until.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const good: Answer = { status: 200, body: '<DescribeInstancesResponse/>' }
const throttled: Answer = { status: 503, body: refusal('RequestLimitExceeded', 'Too fast.') }

function refusal(code: string, words: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>${words}</Message></Error></Errors></Response>`
}

/** What is answered to the requests to come, the last one to all that follow. */
let answers: Answer[] = []
let requests = 0
let endpoint = ''
const scheduler = new FakeClock()

beforeEach(async () => {
  requests = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests += 1
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      response.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body)
    })
  })
  endpoint = `http://${(await listen(server)).address}`
})

const ec2: AwsService = { name: 'ec2', signingName: 'ec2' }

function clientOf(env: Readonly<Record<string, string>>): AwsClient {
  const http = createHttpClient(defaultHttpClientConfig(), { userAgent: 'muster/test' })
  onTestFinished(() => http.close())
  const { signal } = new AbortController()
  const identity = new AwsIdentity({
    region: 'eu-west-1',
    access_key: '',
    secret_key: new Secret(''),
    profile: '',
    role_arn: '',
    external_id: '',
  })
  const options = { env, userAgent: 'muster/test', random: () => 0.5, now: Date.now, scheduler }
  return new AwsClient(
    { ...options, service: ec2, identity, endpoint },
    createApi({ client: http, baseUrl: endpoint, timeoutMs: 60_000, signal, turns: new Turns() }),
  )
}

const keys = { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'geheim-key' }

/** Asks once. @returns the waits that it made, in milliseconds, and what came of it */
async function ask(): Promise<{ readonly waits: readonly number[]; readonly failed: unknown }> {
  const waits: number[] = []
  let result: { readonly failed: unknown } | undefined
  clientOf(keys)
    .query('DescribeInstances', '2016-11-15', {})
    .then(
      () => (result = { failed: undefined }),
      (error: unknown) => (result = { failed: error }),
    )
  await until('the end', () => {
    if (scheduler.pending > 0) {
      const before = scheduler.now()
      scheduler.advanceToNext()
      waits.push(scheduler.now() - before)
    }
    return result !== undefined
  })
  return { waits, failed: result?.failed }
}

describe('a request to AWS', () => {
  it.each([
    {
      title: 'waits and goes on where it is throttled',
      given: [throttled, throttled, good],
      waits: [750, 1500],
    },
    {
      title: 'waits for as long as the server says',
      given: [{ ...throttled, headers: { 'retry-after': '7' } }, good],
      waits: [7000],
    },
    {
      title: 'knows the codes of the JSON protocol',
      given: [
        { status: 400, body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' },
        { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: '{}' },
        good,
      ],
      waits: [750, 1500],
    },
  ])('$title', async ({ given, waits }) => {
    answers = [...given]
    expect(await ask()).toEqual({ waits, failed: undefined })
    expect(requests).toBe(given.length)
  })

  it.each([
    {
      title: 'is throttled four times',
      given: [throttled],
      waits: [750, 1500, 3000],
      says: 'DescribeInstances: RequestLimitExceeded: Too fast.',
      retryAfterMs: undefined,
    },
    {
      title: 'should wait for longer than a poll may',
      given: [{ ...throttled, headers: { 'retry-after': '60' } }],
      waits: [],
      says: 'DescribeInstances: RequestLimitExceeded: Too fast.',
      retryAfterMs: 60_000,
    },
    {
      title: 'is refused',
      given: [{ status: 403, body: refusal('UnauthorizedOperation', 'Not you: geheim-key') }],
      waits: [],
      says: 'DescribeInstances: UnauthorizedOperation: Not you: <secret>',
      retryAfterMs: undefined,
    },
    {
      title: 'fails without a word',
      given: [{ status: 500, body: '<html>' }],
      waits: [],
      says: 'server returned HTTP status 500 Internal Server Error',
      retryAfterMs: undefined,
    },
  ])('is an error where it $title', async ({ given, waits, says, retryAfterMs }) => {
    answers = [...given]
    const { failed, waits: made } = await ask()
    expect(made).toEqual(waits)
    expect(failed).toMatchObject({
      code: 'ERR_HTTP',
      message: `${endpoint}/: ${says}`,
      retryAfterMs,
    })
  })

  it.each(['ExpiredToken', 'RequestExpired', 'AuthFailure', 'InvalidClientTokenId'])(
    'is made once more with keys that are looked up again where it is refused as %s',
    async (code) => {
      answers = [{ status: 401, body: refusal(code, 'no') }, good]
      expect(await ask()).toEqual({ waits: [], failed: undefined })
      answers = [{ status: 401, body: refusal(code, 'no') }]
      expect(await ask()).toMatchObject({
        failed: { message: expect.stringContaining(code) as string },
      })
      expect(requests).toBe(4)
    },
  )
})

describe('the endpoint of a service', () => {
  it.each([
    { region: 'eu-west-1', url: 'https://ec2.eu-west-1.amazonaws.com' },
    { region: 'cn-north-1', url: 'https://ec2.cn-north-1.amazonaws.com.cn' },
    { region: 'us-iso-east-1', url: 'https://ec2.us-iso-east-1.c2s.ic.gov' },
    { region: 'us-isob-east-1', url: 'https://ec2.us-isob-east-1.sc2s.sgov.gov' },
    { region: 'us-east-1', fips: true, url: 'https://ec2-fips.us-east-1.amazonaws.com' },
    { region: 'x', given: 'http://e:1/x', url: 'http://e:1/x' },
    { region: 'x', given: 'ec2.example', url: 'https://ec2.example' },
    { region: 'x', env: { AWS_ENDPOINT_URL: 'http://a' }, url: 'http://a' },
    {
      region: 'x',
      env: { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_EC2: 'http://b' },
      url: 'http://b',
    },
    {
      region: 'x',
      env: { AWS_ENDPOINT_URL: 'http://a', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      url: 'https://ec2.x.amazonaws.com',
    },
  ])('$region $given $env: is $url', ({ region, env = {}, given = '', fips = false, url }) => {
    expect(endpointOf(ec2, { region, env, given, fips })).toBe(url)
  })

  it('is not made of a region that would lead elsewhere', () => {
    expect(() => endpointOf(ec2, { region: 'x.evil/', env: {}, given: '' })).toThrow(
      '"x.evil/" is not the name of an AWS region',
    )
  })
})
