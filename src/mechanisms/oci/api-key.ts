import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readRegular } from '../../go/read-file.js'
import { OciKeyError } from './errors.js'
import type { OciConfig } from './index.js'
import type { SigningKey } from './signature.js'

const mostBytes = 1 << 20

/**
 * The key of a user. Its file and that of its passphrase are read for each poll, so that a new key is used at once.
 * @throws {OciKeyError} for a file that cannot be read, and for what is not an RSA key or not of this passphrase
 */
export async function apiKey(config: OciConfig, signal: AbortSignal): Promise<SigningKey> {
  const { tenancy, user, fingerprint, key_file, key_passphrase, key_passphrase_file } = config
  const pem = await read('key_file', key_file, signal)
  const passphrase =
    key_passphrase_file === ''
      ? key_passphrase.reveal()
      : (await read('key_passphrase_file', key_passphrase_file, signal)).replace(/[\r\n]+$/, '')
  const key = privateKey(pem, passphrase, key_file)
  return { keyId: `${tenancy}/${user}/${fingerprint}`, key }
}

async function read(name: string, file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readRegular(file, { limit: mostBytes, signal })).toString('utf8')
  } catch (error) {
    if (signal.aborted) throw error
    throw new OciKeyError(`unable to read ${name} ${file}: ${reasonOf(error)}`, { cause: error })
  }
}

function privateKey(pem: string, passphrase: string, file: string): KeyObject {
  const key = parsed(pem, passphrase, file)
  if (key.asymmetricKeyType === 'rsa') return key
  throw new OciKeyError(`key_file ${file}: Oracle takes RSA keys only`)
}

function parsed(pem: string, passphrase: string, file: string): KeyObject {
  try {
    return createPrivateKey(passphrase === '' ? pem : { key: pem, passphrase })
  } catch (error) {
    // OpenSSL names the format, never the key.
    throw new OciKeyError(`key_file ${file}: ${reasonOf(error)}`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
