import { execFile } from 'node:child_process'
import { type IssuedKeys, keysOfJson } from './issued-keys.js'
import { AwsCredentialsError, type Ways } from './ways.js'

const longestMs = 60_000
const mostBytes = 1 << 20

/**
 * Runs the `credential_process` of a profile, with a shell, as the SDKs of AWS do.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 * @param from the profile, for errors
 * @throws {AwsCredentialsError} where it fails or prints no keys; what it prints is not quoted
 */
export async function processKeys(
  command: string,
  from: string,
  { env, signal }: Pick<Ways, 'env' | 'signal'>,
): Promise<IssuedKeys> {
  const printed = await new Promise<string>((resolve, reject) => {
    const options = { env, signal, timeout: longestMs, maxBuffer: mostBytes, encoding: 'utf8' }
    execFile('/bin/sh', ['-c', command], { ...options, encoding: 'utf8' }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else if (signal.aborted) reject(signal.reason as Error)
      else {
        const { code, killed } = error
        const why = killed === true ? 'took too long' : `ended with ${String(code)}`
        // Its message holds the command, which may hold a secret.
        reject(new AwsCredentialsError(`credential_process of ${from} ${why}: run it by hand`))
      }
    })
  })
  return keysOfJson(printed, `credential_process of ${from}`)
}
