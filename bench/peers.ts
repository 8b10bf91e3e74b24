/** Real servers to compare with: found as the tests find them, left out where there are none. */
import { accessSync, constants } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const places = {
  consul: 'consul/usr/bin/consul',
  prometheus: 'prometheus/usr/bin/prometheus',
  vmagent: 'vmagent/usr/bin/vmagent',
  'prometheus-consul': 'prometheus-consul/usr/bin/prometheus',
  zookeeper: 'zookeeper/usr/share/java',
  dockerd: 'docker/usr/sbin/dockerd',
  moto: 'moto/usr/lib/python3/dist-packages',
} as const

/** A server by its name, or the folder of its jars or modules: $MUSTER_PEER_<NAME>, or where scripts/peers.sh puts it. */
export function peer(name: keyof typeof places): string | undefined {
  const variable = `MUSTER_PEER_${name.toUpperCase().replace('-', '_')}`
  const home = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache/muster-peers')
  const binary = process.env[variable] ?? path.join(home, places[name])
  try {
    accessSync(binary, constants.X_OK)
    return binary
  } catch {
    return undefined
  }
}
