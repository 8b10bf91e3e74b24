import { accessSync, constants } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Below the folder of peers, where scripts/peers.sh puts it on a machine that has none. */
const unpacked = 'java/usr/lib/jvm/java-17-openjdk-amd64/bin/java'

/** The path of this machine's own Java, or of the one that scripts/peers.sh has unpacked. */
export function java(): string {
  const root = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache', 'muster-peers')
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const places = [...folders.map((folder) => path.join(folder, 'java')), path.join(root, unpacked)]
  const found = places.find(canRun)
  if (found === undefined) throw new Error('java is not installed: run scripts/peers.sh')
  return found
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
