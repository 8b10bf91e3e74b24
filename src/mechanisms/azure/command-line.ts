import { execFile } from 'node:child_process'
import { parseJson } from '../kit/json.js'
import * as json from '../kit/shape.js'
import { AzureCredentialsError, NoAzureCredentialsError, type Token, type Ways } from './ways.js'

const longestMs = 10_000
const mostBytes = 1 << 20

const printedShape = json.object({
  accessToken: json.text,
  expires_on: json.any,
  expiresOn: json.text,
})

/**
 * Gets a token of the user who has signed in with `az login`, by the command `az`.
 * https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
 * @param tenant empty for that of the user
 * @throws {NoAzureCredentialsError} where there is no such command, or it fails, as before a sign-in; what it prints is not quoted
 */
export async function commandLineToken(
  { env, signal }: Pick<Ways, 'env' | 'signal'>,
  audience: string,
  tenant: string,
): Promise<Token> {
  const resource = ['--resource', audience]
  const args = ['account', 'get-access-token', '-o', 'json', ...resource]
  if (tenant !== '') args.push('--tenant', tenant)
  const printed = await new Promise<string>((resolve, reject) => {
    const options = { env, signal, timeout: longestMs, maxBuffer: mostBytes } as const
    execFile('az', args, { ...options, encoding: 'utf8' }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else if (signal.aborted) reject(signal.reason as Error)
      else {
        const { code, killed } = error
        let why = `az account get-access-token ended with ${String(code)}: run it by hand, or az login`
        if (killed === true) why = 'az account get-access-token took too long'
        if (String(code) === 'ENOENT') why = 'there is no command az'
        reject(new NoAzureCredentialsError(why))
      }
    })
  })
  return tokenIn(printed)
}

function tokenIn(printed: string): Token {
  const { accessToken, expires_on, expiresOn } = read(printed)
  // Older versions print the time of this place alone, without an offset.
  const expiresAt = Number(expires_on ?? 0) * 1000 || Date.parse(expiresOn.replace(' ', 'T'))
  if (accessToken !== '' && expiresAt > 0) return { value: accessToken, expiresAt }
  throw new AzureCredentialsError('az account get-access-token prints no token')
}

function read(printed: string): json.Read<typeof printedShape> {
  try {
    return printedShape.read(parseJson(printed))
  } catch {
    // The parser's own message quotes the text, which may hold a token.
    throw new AzureCredentialsError('az account get-access-token prints no JSON')
  }
}
