import { serverset } from '../../../src/mechanisms/zookeeper/index.js'
import { describeOnRealZookeeper } from '../zookeeper/real-suite.js'

describeOnRealZookeeper('serverset', serverset, {
  member: (host, port) => JSON.stringify({ serviceEndpoint: { host, port } }),
  rich: JSON.stringify({
    serviceEndpoint: { host: '127.62.1.1', port: 8080 },
    additionalEndpoints: { 'http-x': { host: '127.62.1.2', port: 8081 }, é: { host: 'x' } },
    status: 'ALIVE',
    shard: -7,
    other: [1],
  }),
})
