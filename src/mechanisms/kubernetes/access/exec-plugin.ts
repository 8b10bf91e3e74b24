import { spawn } from 'node:child_process'
import { Buffer } from 'node:buffer'
import { SentSecrets } from '../../../http/index.js'
import { goQuote } from '../../../go/quote.js'
import { errorMessage } from '../../../telemetry/error-text.js'
import { timerMs } from '../../../run/index.js'
import { abortReason } from '../../../waiting/abort-reason.js'
import { AnswerError } from '../../kit/errors.js'
import { parseJson } from '../../kit/json.js'
import * as json from '../../kit/shape.js'
import { AccessError } from './access-error.js'

/** `exec` of a user in a kubeconfig. */
export interface ExecSection {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly installHint: string
  readonly provideClusterInfo: boolean
  readonly interactiveMode: string
}

/** How it is read. */
export const execShape: json.Shape<ExecSection> = json.object({
  apiVersion: json.text,
  command: json.text,
  args: json.list(json.text),
  env: json.list(json.object({ name: json.text, value: json.text })),
  installHint: json.text,
  provideClusterInfo: json.bool,
  interactiveMode: json.text,
})

/** A program that makes credentials, and what it is given: plain data, so that equal ones are the same. */
export interface ExecPlugin {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** How the program is installed, for the error where it is missing. */
  readonly installHint: string
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/**
 * Checks an `exec` section.
 * @param cluster the cluster information that the program gets; undefined for none
 * @param resolve a path that is relative to the kubeconfig's folder
 * @throws {AccessError}
 */
export function execPlugin(
  exec: ExecSection,
  cluster: object | undefined,
  resolve: (name: string) => string,
): ExecPlugin {
  const { apiVersion, command, args, installHint, interactiveMode } = exec
  if (command === '') throw new AccessError('exec has no command')
  if (!versions.includes(apiVersion)) {
    throw new AccessError(
      `exec has the apiVersion ${goQuote(apiVersion)}; it may be ${versions.join(' or ')}`,
    )
  }
  if (interactiveMode === '' && apiVersion.endsWith('/v1')) {
    throw new AccessError('exec needs an interactiveMode: Never or IfAvailable')
  }
  if (!['', 'Never', 'IfAvailable'].includes(interactiveMode)) {
    throw new AccessError(
      `exec has the interactiveMode ${goQuote(interactiveMode)}; without a terminal it can be Never or IfAvailable`,
    )
  }
  const info = {
    kind: 'ExecCredential',
    apiVersion,
    spec: { interactive: false, ...(cluster === undefined ? {} : { cluster }) },
  }
  return {
    apiVersion,
    // A bare name is looked up in PATH.
    command: command.includes('/') ? resolve(command) : command,
    args,
    env: {
      ...Object.fromEntries(exec.env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
    installHint,
  }
}

/** What a program made. */
export interface ExecCredential {
  /** Empty where it made a certificate alone. */
  readonly token: string
  /** A client certificate and its key, in PEM. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined
  /** Milliseconds since 1970; undefined: good until the server refuses it. */
  readonly expiresAt: number | undefined
}

const credentialShape = json.object({
  kind: json.text,
  apiVersion: json.text,
  status: json.optional(
    json.object({
      token: json.text,
      clientCertificateData: json.text,
      clientKeyData: json.text,
      expirationTimestamp: json.text,
    }),
  ),
})

/**
 * How long a program may take: what asks a cloud for a token takes seconds. Less than a list may be silent, which
 * waits for it: the error names the program then. Milliseconds.
 */
const limitMs = 40_000
const mostOutput = 1 << 20

/**
 * Runs the program once. It is killed when it takes longer than 40 seconds, and when the signal aborts.
 * @throws {AccessError} naming the program and what is wrong; the signal's reason
 */
export async function runExecPlugin(
  plugin: ExecPlugin,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const { command, apiVersion } = plugin
  const output = await run(plugin, environment, signal)
  const at = `exec plugin ${command}`
  try {
    return credentialOf(json.readShape(credentialShape, parsed(output), at), apiVersion)
  } catch (error) {
    if (error instanceof AnswerError) throw new AccessError(error.message, { cause: error })
    throw new AccessError(`${at} ${errorMessage(error)}`, { cause: error })
  }
}

function parsed(output: string): unknown {
  try {
    return parseJson(output)
  } catch {
    // The parser's own message quotes the output, which may hold a token.
    throw new AccessError('wrote something that is not JSON')
  }
}

function credentialOf(
  { kind, apiVersion, status }: json.Read<typeof credentialShape>,
  expected: string,
): ExecCredential {
  if (kind !== 'ExecCredential')
    throw new AccessError(`wrote the kind ${goQuote(kind)}, not ExecCredential`)
  if (apiVersion !== expected) {
    throw new AccessError(
      `was asked for ${expected}, and wrote the apiVersion ${goQuote(apiVersion)}`,
    )
  }
  if (status === undefined) throw new AccessError('wrote no status')
  const { token, clientCertificateData: cert, clientKeyData: key } = status
  if ((cert === '') !== (key === '')) {
    throw new AccessError('wrote a certificate or a key, and they are needed together')
  }
  if (token === '' && cert === '') throw new AccessError('wrote neither a token nor a certificate')
  const { expirationTimestamp } = status
  const expiresAt = expirationTimestamp === '' ? undefined : Date.parse(expirationTimestamp)
  if (Number.isNaN(expiresAt)) {
    throw new AccessError(
      `wrote the expirationTimestamp ${goQuote(expirationTimestamp)}, which is not a time`,
    )
  }
  return { token, certificate: cert === '' ? undefined : { cert, key }, expiresAt }
}

/** What the program writes. */
function run(
  { command, args, env, installHint }: ExecPlugin,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const child = spawn(command, args, {
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what it starts is killed with it.
      detached: true,
    })
    const output: Buffer[] = []
    const complaints: Buffer[] = []
    let size = 0
    const settle = (): void => {
      clearTimeout(limit)
      signal.removeEventListener('abort', abort)
    }
    const fail = (problem: string, cause?: unknown): void => {
      settle()
      reject(new AccessError(`exec plugin ${command} ${problem}`, { cause }))
    }
    const end = (): void => {
      kill(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
    }
    const abort = (): void => {
      end()
      settle()
      reject(abortReason(signal))
    }
    const limit = setTimeout(() => {
      end()
      fail(`has not ended within ${String(limitMs / 1000)}s`)
    }, timerMs(limitMs))
    signal.addEventListener('abort', abort, { once: true })
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length
      output.push(piece)
      if (size <= mostOutput) return
      end()
      fail('writes more than 1 MiB')
    })
    child.stderr.on('data', (piece: Buffer) => {
      // The last words are what it failed with.
      complaints.push(piece)
      if (complaints.length > 16) complaints.shift()
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'ENOENT' && installHint !== '' ? `: ${installHint}` : ''
      fail(`cannot be started: ${errorMessage(error)}${hint}`, error)
    })
    child.on('close', (code, killed) => {
      settle()
      if (code === 0) {
        resolve(Buffer.concat(output).toString('utf8'))
        return
      }
      const how =
        code === null ? `was ended by ${String(killed)}` : `failed with exit code ${String(code)}`
      const text = Buffer.concat(complaints).toString('utf8')
      const said = lastLine(secretsGiven({ args, env }, environment).conceal(text))
      fail(said === '' ? how : `${how}: ${said}`)
    })
  })
}

/** Kills a program that runs, with all that it has started. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

const secretName = /(?:token|secret|passw|key|credential)[a-z]*$/i

/** The secrets that a program is given, as far as names tell, and may repeat in its last words. */
function secretsGiven(
  { args, env }: Pick<ExecPlugin, 'args' | 'env'>,
  environment: Readonly<Record<string, string | undefined>>,
): SentSecrets {
  const secrets = new SentSecrets()
  for (const [name, value = ''] of Object.entries({ ...environment, ...env })) {
    if (secretName.test(name)) secrets.add(value)
  }
  for (const [i, arg] of args.entries()) {
    const [, name = '', value = args[i + 1] ?? ''] = /^-{0,2}([^=]*)(?:=(.*))?$/s.exec(arg) ?? []
    if (secretName.test(name)) secrets.add(value)
  }
  return secrets
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
}
