import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

/** The parameters of a request by name, but for those that say only how it is asked. */
function parameters({ body }: CloudRequest): string {
  const given = [...new URLSearchParams(body)].filter(
    ([name]) => name !== 'Version' && name !== 'MaxResults' && name !== 'RoleSessionName',
  )
  const [action = '', ...rest] = given
    .map(([name, value]) => (name === 'Action' ? value : `${name}=${value}`))
    .sort((a, b) => Number(a.includes('=')) - Number(b.includes('=')) || (a < b ? -1 : 1))
  return [action, ...rest].join(' ')
}

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const zones = 'POST http://api.test/ DescribeAvailabilityZones'
const filter =
  'Filter.1.Name=tag:a b Filter.1.Value.1=x&y Filter.1.Value.2=z Filter.2.Name=instance-state-name Filter.2.Value.1=running'
const cloud = 'https://ec2.eu-west-1.amazonaws.com/'

function refusal(code: string, words: string): string {
  const error = `<Error><Code>${code}</Code><Message>${words}</Message></Error>`
  return `<?xml version="1.0"?><Response><Errors>${error}</Errors><RequestID>r</RequestID></Response>`
}

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      filters: [],
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'us-east-1',
        access_key: 'a',
        secret_key: 'geheim',
        profile: 'p',
        role_arn: 'r',
        external_id: 'x',
        refresh_interval: '2m',
        port: 1,
        filters: [{ name: 'a', values: ['b'] }],
      },
    ],
    refused: [
      [
        { region: 'a', filters: [{ name: 'x', values: [] }] },
        '2:1: filters: EC2 SD configuration filter values cannot be empty',
      ],
    ],
  },
  runs: [
    polled({
      config: {
        region: 'eu-west-1',
        access_key: 'AKIATEST',
        secret_key: 'geheim-of-the-user',
        port: 9100,
        filters: [
          { name: 'tag:a b', values: ['x&y', 'z'] },
          { name: 'instance-state-name', values: ['running'] },
        ],
      },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: form,
      aspect: parameters,
      answers: {
        [zones]: 'zones.xml',
        [`POST http://api.test/ DescribeInstances ${filter}`]: 'instances-1.xml',
        [`POST http://api.test/ DescribeInstances ${filter} NextToken=geheim/next+token==`]:
          'instances-2.xml',
      },
      kept: [zones],
      targets: [
        {
          __address__: '127.90.0.1:9100',
          __meta_ec2_instance_id: 'i-0a',
          __meta_ec2_region: 'eu-west-1',
          __meta_ec2_owner_id: '123456789012',
          __meta_ec2_private_ip: '127.90.0.1',
          __meta_ec2_private_dns_name: 'ip-127-90-0-1.eu-west-1.compute.internal',
          __meta_ec2_public_ip: '127.91.0.1',
          __meta_ec2_public_dns_name: 'ec2-127-91-0-1.eu-west-1.compute.amazonaws.com',
          __meta_ec2_default_ipv6_address: '2001:db8:90::1',
          __meta_ec2_primary_ipv6_addresses: ',2001:db8:90::1,,2001:db8:90::3,',
          __meta_ec2_ipv6_addresses: ',2001:db8:90::3,2001:db8:90::4,2001:db8:90::1,',
          __meta_ec2_ami: 'ami-0a',
          __meta_ec2_availability_zone: 'eu-west-1a',
          __meta_ec2_availability_zone_id: 'euw1-az2',
          __meta_ec2_instance_state: 'running',
          __meta_ec2_instance_type: 't3.micro',
          __meta_ec2_architecture: 'x86_64',
          __meta_ec2_vpc_id: 'vpc-1',
          __meta_ec2_primary_subnet_id: 'subnet-1',
          __meta_ec2_subnet_id: ',subnet-3,subnet-1,',
          __meta_ec2_tag_Name: 'web & <db>',
          __meta_ec2_tag_aws_autoscaling_groupName: 'asg-1',
          __meta_ec2_tag_Gr__e: 'groß',
          __meta_ec2_tag_empty: '',
        },
        {
          __address__: '127.90.0.2:9100',
          __meta_ec2_instance_id: 'i-0b',
          __meta_ec2_region: 'eu-west-1',
          __meta_ec2_private_ip: '127.90.0.2',
          __meta_ec2_private_dns_name: '',
          __meta_ec2_platform: 'windows',
          __meta_ec2_ami: 'ami-0b',
          __meta_ec2_availability_zone: 'eu-west-1c',
          __meta_ec2_availability_zone_id: '',
          __meta_ec2_instance_state: 'stopped',
          __meta_ec2_instance_type: 'm5.large',
          __meta_ec2_instance_lifecycle: 'spot',
        },
        {
          __address__: '127.90.0.3:9100',
          __meta_ec2_instance_id: 'i-0c',
          __meta_ec2_region: 'eu-west-1',
          __meta_ec2_private_ip: '127.90.0.3',
          __meta_ec2_ami: 'ami-0c',
          __meta_ec2_availability_zone: 'eu-west-1b',
          __meta_ec2_availability_zone_id: 'euw1-az3',
          __meta_ec2_instance_state: 'running',
          __meta_ec2_instance_type: 'm5.large',
          __meta_ec2_architecture: 'arm64',
          __meta_ec2_vpc_id: 'vpc-1',
          __meta_ec2_primary_subnet_id: 'subnet-1',
          __meta_ec2_subnet_id: ',,',
        },
      ],
      empty: '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>',
      misshapen: {
        '<html><body>Please log in</body></html>': 'expected an element DescribeInstancesResponse',
      },
      endlessPages:
        '<DescribeInstancesResponse><nextToken>geheim/next+token==</nextToken></DescribeInstancesResponse>',
      refusals: [
        {
          status: 401,
          body: refusal('AuthFailure', 'AWS was not able to validate\n the provided credentials'),
          says: 'http://api.test/: DescribeInstances: AuthFailure: AWS was not able to validate the provided credentials',
        },
        {
          status: 403,
          body: refusal('UnauthorizedOperation', 'You are not authorized'),
          says: 'http://api.test/: DescribeInstances: UnauthorizedOperation: You are not authorized',
        },
        {
          status: 400,
          body: refusal('InvalidParameterValue', "The filter 'geheim-of-the-user' is invalid"),
          says: "http://api.test/: DescribeInstances: InvalidParameterValue: The filter '<secret>' is invalid",
        },
      ],
      oracle: {
        // New in 3.12.
        differences: { __meta_ec2_default_ipv6_address: 'ours' },
      },
    }),
    polled({
      title: 'with a role of another account',
      config: {
        region: 'eu-west-1',
        access_key: 'AKIATEST',
        secret_key: 'geheim-of-the-user',
        role_arn: 'arn:aws:iam::123456789012:role/monitoring',
        external_id: 'who we are',
      },
      headers: form,
      aspect: parameters,
      answers: {
        'POST https://sts.eu-west-1.amazonaws.com/ AssumeRole ExternalId=who we are RoleArn=arn:aws:iam::123456789012:role/monitoring':
          'role.xml',
        [`POST ${cloud} DescribeAvailabilityZones`]: 'zones.xml',
        [`POST ${cloud} DescribeInstances`]: 'ipv6.xml',
      },
      kept: [
        'POST https://sts.eu-west-1.amazonaws.com/ AssumeRole ExternalId=who we are RoleArn=arn:aws:iam::123456789012:role/monitoring',
        `POST ${cloud} DescribeAvailabilityZones`,
      ],
      targets: [
        {
          __address__: '[2001:db8:96::2]:80',
          __meta_ec2_instance_id: 'i-6a',
          __meta_ec2_region: 'eu-west-1',
          __meta_ec2_default_ipv6_address: '2001:db8:96::2',
          __meta_ec2_primary_ipv6_addresses: ',,2001:db8:96::2,',
          __meta_ec2_ipv6_addresses: ',2001:db8:96::1,2001:db8:96::2,2001:db8:96::3,',
          __meta_ec2_ami: 'ami-6',
          __meta_ec2_availability_zone: 'eu-west-1b',
          __meta_ec2_availability_zone_id: 'euw1-az3',
          __meta_ec2_instance_state: 'running',
          __meta_ec2_instance_type: 't4g.nano',
          __meta_ec2_vpc_id: 'vpc-6',
          __meta_ec2_primary_subnet_id: 'subnet-6',
          __meta_ec2_subnet_id: ',subnet-6,',
        },
      ],
      empty: '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>',
      misshapen: {},
      sameLabels: true,
      oracle:
        'its client of STS takes no other certificates, and IPv6-only instances are new in 3.12',
    }),
  ],
  families: { __meta_ec2_tag_: 'tag' },
} satisfies MechanismCases
