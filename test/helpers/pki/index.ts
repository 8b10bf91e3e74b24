import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Name = `${'ca' | 'server' | 'client'}${1 | 2}.pem` | `${'server' | 'client'}${1 | 2}.key`

/** The path of one of the test certificates; make.sh says what they are for. */
export function pkiFile(name: Name): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** The text of one of the test certificates. */
export function pki(name: Name): string {
  return readFileSync(pkiFile(name), 'utf8')
}
