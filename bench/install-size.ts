/**
 * What an installation of muster takes: the package as npm packs it, and its dependencies without the
 * optional ones; bytes of files. Nothing is installed and no network is asked: the sizes are those in
 * node_modules.
 *
 *   node bench/dist/install-size.js [FOLDER]      FOLDER: another built checkout to compare with
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { line } from './report.js'

/** What package-lock.json says of a package, as far as it counts here. */
interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly peer?: boolean
}

interface Size {
  readonly own: number
  readonly dependencies: number
  readonly count: number
}

const mebibytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(2)} MiB`

function sizeOf(dir: string): Size {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [own] = JSON.parse(packed) as { unpackedSize: number }[]
  const { packages } = JSON.parse(readFileSync(path.join(dir, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const needed = Object.entries(packages).filter(
    ([place, { dev, optional, devOptional, peer }]) =>
      place !== '' && !(dev ?? optional ?? devOptional ?? peer ?? false),
  )
  const sizes = needed.map(([place]) => filesBelow(path.join(dir, place)))
  return {
    own: own?.unpackedSize ?? Number.NaN,
    dependencies: sizes.reduce((sum, size) => sum + size, 0),
    count: needed.length,
  }
}

/** The bytes of all files, but for those of packages inside, which are counted for themselves. */
function filesBelow(folder: string): number {
  let sum = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== 'node_modules') sum += filesBelow(at)
    else if (entry.isFile()) sum += statSync(at).size
  }
  return sum
}

function report(what: string, { own, dependencies, count }: Size): number {
  line(`${what}: the package`, mebibytes(own))
  line('  its dependencies', mebibytes(dependencies), `${String(count)} packages`)
  line('  together', mebibytes(own + dependencies))
  return own + dependencies
}

const [other] = process.argv.slice(2)
const now = report('this checkout', sizeOf(path.resolve(import.meta.dirname, '..', '..')))
if (other !== undefined) {
  const before = report(other, sizeOf(path.resolve(other)))
  line('this checkout, times the other', `${(now / before).toFixed(3)}x`)
}
