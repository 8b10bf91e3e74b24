/** ZooKeeper could not be reached, or a path could not be read. */
export class ZookeeperError extends Error {
  override readonly name = 'ZookeeperError'
  readonly code = 'ERR_DISCOVERY_ZOOKEEPER'
}
