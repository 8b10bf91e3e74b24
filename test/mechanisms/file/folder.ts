import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** A folder of the test's own, and the ways people change files in it. */
export class Folder {
  readonly path: string = mkdtempSync(path.join(os.tmpdir(), 'muster-file-'))

  at(name: string): string {
    return path.join(this.path, name)
  }

  /** Writes a file in place. */
  write(name: string, content: string): void {
    writeFileSync(this.at(name), content)
  }

  /** Writes a file of groups with one address each, in place. */
  groups(name: string, ...addresses: readonly string[]): void {
    this.write(name, JSON.stringify(addresses.map((address) => ({ targets: [address] }))))
  }

  /** Writes a file beside it, and puts that in its place. */
  replace(name: string, content: string): void {
    this.write(`${name}.tmp`, content)
    renameSync(this.at(`${name}.tmp`), this.at(name))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
