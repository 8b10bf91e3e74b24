import { accessSync, constants } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'vitest'

/** The real servers that scripts/peers.sh installs. */
export type Peer =
  | 'consul'
  | 'prometheus'
  | 'prometheus_consul'
  | 'prometheus_openstack'
  | 'prometheus_azure'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'vmagent'
  | 'docker'
  | 'zookeeper'
  | 'kubernetes'
  | 'keystone'
  | 'puppetdb'
  | 'moto'

/** Where each is below its folder. A server of several packages is the folder, and is there with this file. */
const places: Readonly<Record<Peer, readonly [folder: string, binary: string, known?: string]>> = {
  consul: ['consul', 'usr/bin/consul'],
  prometheus: ['prometheus', 'usr/bin/prometheus'],
  prometheus_consul: ['prometheus-consul', 'usr/bin/prometheus'],
  prometheus_openstack: ['prometheus-openstack', 'usr/bin/prometheus'],
  prometheus_azure: ['prometheus-azure', 'usr/bin/prometheus'],
  promtool: ['promtool', 'usr/bin/promtool'],
  alertmanager: ['alertmanager', 'usr/bin/prometheus-alertmanager'],
  amtool: ['alertmanager', 'usr/bin/amtool'],
  vmagent: ['vmagent', 'usr/bin/vmagent'],
  docker: ['docker', '', 'usr/sbin/dockerd'],
  zookeeper: ['zookeeper', '', 'usr/share/java/zookeeper.jar'],
  kubernetes: ['kubernetes', '', 'usr/bin/kube-apiserver'],
  keystone: ['keystone', '', 'usr/bin/keystone-manage'],
  puppetdb: ['puppetdb', '', 'usr/share/puppetdb/puppetdb.jar'],
  moto: ['moto', '', 'usr/lib/python3/dist-packages/moto/server.py'],
}

/**
 * The path of a real server, or the folder of one of several packages: $MUSTER_PEER_<NAME>, or where
 * scripts/peers.sh puts it; undefined where it is not installed or cannot run here.
 */
export function peer(name: Peer): string | undefined {
  const named = process.env[`MUSTER_PEER_${name.toUpperCase()}`]
  const [folder, binary, known = ''] = places[name]
  const root = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache', 'muster-peers')
  const found = named ?? path.join(root, folder, binary)
  // It makes namespaces of its own.
  if (name === 'docker' && process.getuid?.() !== 0) return undefined
  try {
    accessSync(path.join(found, known), known === '' ? constants.X_OK : constants.R_OK)
    return found
  } catch {
    return undefined
  }
}

/** Like {@link peer}, for use inside {@link describeWithPeers}. */
export function requirePeer(name: Peer): string {
  const found = peer(name)
  if (found === undefined) throw new Error(`${name} is not installed: run scripts/peers.sh`)
  return found
}

/**
 * A suite that talks to real servers. Where one is missing it is left out by name; with CI set it
 * runs and fails, so that continuous integration cannot pass without it.
 */
export function describeWithPeers(title: string, peers: readonly Peer[], suite: () => void): void {
  const missing = peers.filter((name) => peer(name) === undefined)
  if (missing.length === 0 || process.env['CI'] !== undefined) describe(title, suite)
  else
    describe.skip(`${title} (left out: needs ${missing.join(', ')}; see scripts/peers.sh)`, suite)
}
