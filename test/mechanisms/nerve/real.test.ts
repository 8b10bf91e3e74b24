import { nerve } from '../../../src/mechanisms/zookeeper/index.js'
import { describeOnRealZookeeper } from '../zookeeper/real-suite.js'

describeOnRealZookeeper('nerve', nerve, {
  member: (host, port) => JSON.stringify({ host, port }),
  rich: JSON.stringify({ host: '127.62.1.1', port: 8080, name: 'i-1 "é"', other: {} }),
})
