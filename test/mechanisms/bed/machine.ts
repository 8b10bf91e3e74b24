import type { CloudAnswer, CloudRequest } from '../suite/clouds.js'

/** Where the metadata services of clouds are. */
export const machineAddress = '169.254.169.254'

const session = 'geheim-session'
const role = 'monitoring'
const keys = {
  Code: 'Success',
  LastUpdated: '2026-01-01T00:00:00Z',
  Type: 'AWS-HMAC',
  AccessKeyId: 'ASIATEST',
  SecretAccessKey: 'geheim-of-the-machine',
  Token: 'geheim-token',
  Expiration: '2100-01-01T00:00:00Z',
}

/** What an EC2 instance in eu-west-1 with a role says of itself; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
const aws: Readonly<Record<string, string>> = {
  '/latest/meta-data/placement/region': 'eu-west-1',
  '/latest/dynamic/instance-identity/document': JSON.stringify({
    region: 'eu-west-1',
    accountId: '123456789012',
  }),
  '/latest/meta-data/iam/security-credentials/': role,
  [`/latest/meta-data/iam/security-credentials/${role}`]: JSON.stringify(keys),
}

/** What the metadata service of the machine answers; undefined where it has no such page. */
export function askMachine({ line, url, headers }: CloudRequest): CloudAnswer | undefined {
  const { pathname } = new URL(url)
  if (line.startsWith('PUT ') && pathname === '/latest/api/token') {
    const ttl = 'x-aws-ec2-metadata-token-ttl-seconds'
    return { kind: 'whole', headers: { [ttl]: String(headers[ttl]) }, body: session }
  }
  if (headers['x-aws-ec2-metadata-token'] !== session) return undefined
  const body = aws[pathname]
  return body === undefined ? undefined : { kind: 'whole', body }
}
