import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

/** What is asked for, and of what: `ListTasks {"cluster":"web"}`, `DescribeInstances Filter.1.Value.1=i-1`. */
function action({ headers, body }: CloudRequest): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    return `${target.replace('AmazonEC2ContainerServiceV20141113.', '')} ${body}`
  }
  const { Action, Version, MaxResults, ...rest } = Object.fromEntries(new URLSearchParams(body))
  const given = Object.entries(rest).map(([name, value]) => `${name}=${value}`)
  return [`${Action ?? ''}:${Version ?? ''}:${MaxResults ?? ''}`, ...given].join(' ')
}

const keys = { region: 'eu-west-1', access_key: 'AKIATEST', secret_key: 'geheim-of-the-user' }
const ecs = 'POST https://ecs.eu-west-1.amazonaws.com/'
const ec2 = 'POST https://ec2.eu-west-1.amazonaws.com/'
const arn = 'arn:aws:ecs:eu-west-1:123456789012'
const web = `"cluster":"${arn}:cluster/web"`
const newer = 'ecs_sd_configs is newer than any release that can be run here'

const ofWeb = {
  __meta_ecs_region: 'eu-west-1',
  __meta_ecs_cluster: 'web',
  __meta_ecs_cluster_arn: `${arn}:cluster/web`,
  __meta_ecs_tag_cluster_team: 'Größe & more',
  __meta_ecs_tag_cluster_a_b_c: '',
}
const ofShop = {
  __meta_ecs_task_group: 'service:shop',
  __meta_ecs_service: 'shop',
  __meta_ecs_service_arn: `${arn}:service/web/shop`,
  __meta_ecs_service_status: 'ACTIVE',
  __meta_ecs_tag_service_owner: 'shop team',
}
const onHost1 = {
  __meta_ecs_launch_type: 'EC2',
  __meta_ecs_container_instance_arn: `${arn}:container-instance/web/c1`,
  __meta_ecs_ec2_instance_id: 'i-1',
  __meta_ecs_ec2_instance_type: 'm5.large',
  __meta_ecs_ec2_instance_private_ip: '127.98.0.1',
  __meta_ecs_ec2_instance_public_ip: '127.99.0.1',
  __meta_ecs_tag_ec2_Name: 'host 1',
  __meta_ecs_tag_ec2_empty: '',
}

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      request_concurrency: 20,
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
        clusters: ['c'],
        request_concurrency: 3,
      },
    ],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
  runs: [
    polled({
      config: { ...keys, port: 9100 },
      headers: {},
      aspect: action,
      answers: {
        [`${ecs} ListClusters {"maxResults":100}`]: 'clusters-1.json',
        [`${ecs} ListClusters {"maxResults":100,"nextToken":"geheim/next+token=="}`]:
          'clusters-2.json',
        [`${ecs} DescribeClusters {"clusters":["${arn}:cluster/web"],"include":["TAGS"]}`]:
          'clusters.json',
        [`${ecs} ListTasks {${web},"maxResults":100}`]: 'tasks-1.json',
        [`${ecs} ListTasks {${web},"maxResults":100,"nextToken":"more+/="}`]: 'tasks-2.json',
        [`${ecs} DescribeTasks {${web},"tasks":[${['f1', 'e1', 'b1', 'b2', 'p1', 'n1']
          .map((id) => `"${arn}:task/web/${id}"`)
          .join(',')}],"include":["TAGS"]}`]: 'tasks.json',
        [`${ecs} DescribeServices {${web},"services":["shop","gone"],"include":["TAGS"]}`]:
          'services.json',
        [`${ecs} DescribeContainerInstances {${web},"containerInstances":["${arn}:container-instance/web/c1","${arn}:container-instance/web/c2"]}`]:
          'container-instances.json',
        [`${ec2} DescribeInstances:2016-11-15:1000 Filter.1.Name=instance-id Filter.1.Value.1=i-1 Filter.1.Value.2=i-2`]:
          'instances.xml',
        [`${ec2} DescribeNetworkInterfaces:2016-11-15:1000 Filter.1.Name=network-interface-id Filter.1.Value.1=eni-1 Filter.1.Value.2=eni-2`]:
          'interfaces.xml',
      },
      targets: [
        {
          ...ofWeb,
          ...ofShop,
          __address__: '127.97.0.1:9100',
          __meta_ecs_ip_address: '127.97.0.1',
          __meta_ecs_launch_type: 'FARGATE',
          __meta_ecs_health_status: 'HEALTHY',
          __meta_ecs_network_mode: 'awsvpc',
          __meta_ecs_task_arn: `${arn}:task/web/f1`,
          __meta_ecs_task_definition: `${arn}:task-definition/shop:7`,
          __meta_ecs_availability_zone: 'eu-west-1a',
          __meta_ecs_desired_status: 'RUNNING',
          __meta_ecs_last_status: 'RUNNING',
          __meta_ecs_subnet_id: 'subnet-1',
          __meta_ecs_public_ip: '127.99.0.7',
          __meta_ecs_platform_family: 'Linux',
          __meta_ecs_platform_version: '1.4.0',
          __meta_ecs_tag_task_kind: 'web',
        },
        {
          ...ofWeb,
          ...onHost1,
          __address__: '127.97.0.2:9100',
          __meta_ecs_ip_address: '127.97.0.2',
          __meta_ecs_health_status: 'UNKNOWN',
          __meta_ecs_network_mode: 'awsvpc',
          __meta_ecs_task_arn: `${arn}:task/web/e1`,
          __meta_ecs_task_group: 'service:gone',
        },
        {
          ...ofWeb,
          ...ofShop,
          ...onHost1,
          __address__: '127.98.0.1:9100',
          __meta_ecs_ip_address: '127.98.0.1',
          __meta_ecs_health_status: 'UNHEALTHY',
          __meta_ecs_network_mode: 'bridge',
          __meta_ecs_task_arn: `${arn}:task/web/b1`,
          __meta_ecs_subnet_id: 'subnet-9',
          __meta_ecs_public_ip: '127.99.0.1',
        },
        {
          ...ofWeb,
          __address__: '127.98.0.2:9100',
          __meta_ecs_ip_address: '127.98.0.2',
          __meta_ecs_launch_type: 'EC2',
          __meta_ecs_health_status: '',
          __meta_ecs_network_mode: 'bridge',
          __meta_ecs_task_arn: `${arn}:task/web/b2`,
          __meta_ecs_task_group: 'family:batch',
          __meta_ecs_container_instance_arn: `${arn}:container-instance/web/c2`,
          __meta_ecs_ec2_instance_id: 'i-2',
          __meta_ecs_ec2_instance_private_ip: '127.98.0.2',
        },
      ],
      empty: '{}',
      misshapen: { '<a/>': 'expected an element DescribeNetworkInterfacesResponse' },
      endlessPages: '{"nextToken":"geheim/next+token=="}',
      refusals: [
        {
          status: 400,
          body: '{"__type":"AccessDeniedException","message":"User: geheim-of-the-user may not"}',
          says: 'https://ecs.eu-west-1.amazonaws.com/: ListClusters: AccessDeniedException: User: <secret> may not',
        },
        {
          status: 400,
          body: '{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token is invalid."}',
          says: 'https://ecs.eu-west-1.amazonaws.com/: ListClusters: UnrecognizedClientException: The security token is invalid.',
        },
      ],
      oracle: newer,
    }),
    polled({
      title: 'with clusters',
      config: { ...keys, clusters: ['web'] },
      headers: {},
      aspect: action,
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      answers: {
        'POST http://api.test/ DescribeClusters {"clusters":["web"],"include":["TAGS"]}':
          'by-name.json',
        [`POST http://api.test/ ListTasks {${web},"maxResults":100}`]: 'one-task.json',
        [`POST http://api.test/ DescribeTasks {${web},"tasks":["t"],"include":["TAGS"]}`]:
          'own-task.json',
      },
      targets: [
        {
          __address__: '127.97.0.9:80',
          __meta_ecs_ip_address: '127.97.0.9',
          __meta_ecs_region: 'eu-west-1',
          __meta_ecs_launch_type: '',
          __meta_ecs_health_status: '',
          __meta_ecs_network_mode: 'awsvpc',
          __meta_ecs_cluster: 'web',
          __meta_ecs_cluster_arn: `${arn}:cluster/web`,
        },
      ],
      empty: `{"clusters":[{"clusterName":"web","clusterArn":"${arn}:cluster/web"}]}`,
      misshapen: { '[]': 'expected an object, got a list' },
      sameLabels: true,
      oracle: newer,
    }),
  ],
  families: {
    __meta_ecs_tag_cluster_: 'tag',
    __meta_ecs_tag_service_: 'tag',
    __meta_ecs_tag_task_: 'tag',
    __meta_ecs_tag_ec2_: 'tag',
  },
} satisfies MechanismCases
