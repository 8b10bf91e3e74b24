import { accessSync, constants } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'vitest'

/** The real servers that scripts/peers.sh installs. */
export type Peer =
  | 'consul'
  | 'prometheus'
  | 'prometheus_consul'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'

const places: Readonly<Record<Peer, readonly [folder: string, binary: string]>> = {
  consul: ['consul', 'consul'],
  prometheus: ['prometheus', 'prometheus'],
  prometheus_consul: ['prometheus-consul', 'prometheus'],
  promtool: ['promtool', 'promtool'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
  amtool: ['alertmanager', 'amtool'],
}

/** The path of a real server: $MUSTER_PEER_<NAME>, or where scripts/peers.sh puts it; else undefined. */
export function peer(name: Peer): string | undefined {
  const named = process.env[`MUSTER_PEER_${name.toUpperCase()}`]
  const [folder, binary] = places[name]
  const root = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache', 'muster-peers')
  const found = named ?? path.join(root, folder, 'usr', 'bin', binary)
  try {
    accessSync(found, constants.X_OK)
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
