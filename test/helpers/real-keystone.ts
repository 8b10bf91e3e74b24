import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.js'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'

const run = promisify(execFile)
/** Debian's own: its packages are made for this one. */
const python = '/usr/bin/python3'
/** One request's open read would keep another from writing. */
const writeAhead =
  'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("pragma journal_mode=wal")'

/** What kind of Keystone. */
export interface KeystoneOptions {
  /** How long its tokens are valid. */
  readonly tokenSeconds?: number
}

/** An application credential that Keystone has made. */
export interface ApplicationCredential {
  readonly id: string
  readonly name: string
  readonly secret: string
}

/** A real Keystone on loopback, with an administrator and region `RegionOne`; its data goes away with it. */
export class RealKeystone {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The name of the administrator, who is at home in domain `Default` and project `admin`. */
  readonly user = 'admin'
  password = 'geheim-1'
  readonly #folder: string
  readonly #port: number
  readonly #env: NodeJS.ProcessEnv
  #process: RealProcess | undefined

  private constructor(folder: string, port: number) {
    this.url = `http://127.0.0.1:${String(port)}`
    this.#folder = folder
    this.#port = port
    this.#env = {
      ...process.env,
      PYTHONPATH: path.join(requirePeer('keystone'), 'usr/lib/python3/dist-packages'),
      PYTHONDONTWRITEBYTECODE: '1',
    }
  }

  /** Starts it, and waits until it answers: a quarter of a minute. */
  static async start(options: KeystoneOptions = {}): Promise<RealKeystone> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-keystone-'))
    const keystone = new RealKeystone(folder, await freePort())
    try {
      await keystone.#prepare(options)
      await keystone.#launch()
    } catch (error) {
      await keystone.stop()
      throw error
    }
    return keystone
  }

  get #config(): string {
    return path.join(this.#folder, 'keystone.conf')
  }

  #binary(name: string): string {
    return path.join(requirePeer('keystone'), 'usr/bin', name)
  }

  async #prepare({ tokenSeconds = 3600 }: KeystoneOptions): Promise<void> {
    const keys = path.join(this.#folder, 'keys')
    const database = path.join(this.#folder, 'keystone.db')
    await mkdir(keys)
    await chmod(keys, 0o700)
    const keysIn = (section: string): string => `[${section}]\nkey_repository = ${keys}\n`
    await writeFile(
      this.#config,
      `[DEFAULT]\nlog_file = ${this.#folder}/keystone.log\n[database]\nconnection = sqlite:///${database}\n` +
        `[token]\nprovider = fernet\nexpiration = ${String(tokenSeconds)}\n` +
        // Quick rather than safe.
        '[identity]\npassword_hash_rounds = 4\n' +
        ['fernet_tokens', 'fernet_receipts', 'credential'].map(keysIn).join(''),
    )
    await this.#manage('db_sync')
    await run(python, ['-c', writeAhead, database])
    const { username } = os.userInfo()
    const { stdout: group } = await run('id', ['-gn'])
    await this.#manage(
      'fernet_setup',
      `--keystone-user=${username}`,
      `--keystone-group=${group.trim()}`,
    )
    await this.#manage(
      'bootstrap',
      `--bootstrap-password=${this.password}`,
      `--bootstrap-public-url=${this.url}/v3`,
      '--bootstrap-region-id=RegionOne',
    )
  }

  async #manage(...command: readonly string[]): Promise<void> {
    await run(
      python,
      [this.#binary('keystone-manage'), `--config-file=${this.#config}`, ...command],
      { env: this.#env },
    )
  }

  async #launch(): Promise<void> {
    const place = ['--host', '127.0.0.1', '--port', String(this.#port)]
    const args = [
      this.#binary('keystone-wsgi-public'),
      ...place,
      '--',
      '--config-file',
      this.#config,
    ]
    this.#process = new RealProcess('keystone', args, { command: python, env: this.#env })
    await this.#process.ready(async () => (await fetch(this.url)).status === 300)
  }

  async stop(): Promise<void> {
    await this.#process?.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Adds a service to the catalogue of every token. */
  async addService(type: string, url: string): Promise<void> {
    const { service } = (await this.#call('POST', '/services', {
      service: { type, name: type },
    })) as { readonly service: { readonly id: string } }
    const place = { interface: 'public', region_id: 'RegionOne', service_id: service.id, url }
    await this.#call('POST', '/endpoints', { endpoint: place })
  }

  /** Makes an application credential for project `admin`. */
  async addApplicationCredential(name: string): Promise<ApplicationCredential> {
    const { application_credential } = (await this.#call(
      'POST',
      `/users/${(await this.#logIn()).userId}/application_credentials`,
      { application_credential: { name } },
    )) as { readonly application_credential: ApplicationCredential }
    return application_credential
  }

  /** Gives the administrator another password. Every token of theirs is void from then on. */
  async changePassword(password: string): Promise<void> {
    const { userId } = await this.#logIn()
    await this.#call('POST', `/users/${userId}/password`, {
      user: { password, original_password: this.password },
    })
    this.password = password
  }

  /** Until when a token is valid, as `Date.now()` counts; undefined for one that is not. */
  async expiryOf(token: string): Promise<number | undefined> {
    const headers = { 'x-auth-token': token, 'x-subject-token': token }
    const response = await fetch(`${this.url}/v3/auth/tokens`, { headers })
    if (!response.ok) return undefined
    const answer = (await response.json()) as { readonly token: { readonly expires_at: string } }
    return Date.parse(answer.token.expires_at)
  }

  /** Makes a token void. */
  async revoke(token: string): Promise<void> {
    const headers = { 'x-auth-token': token, 'x-subject-token': token }
    const response = await fetch(`${this.url}/v3/auth/tokens`, { method: 'DELETE', headers })
    if (!response.ok) throw new Error(`Keystone does not revoke: ${String(response.status)}`)
  }

  async #logIn(): Promise<{ readonly token: string; readonly userId: string }> {
    const domain = { name: 'Default' }
    const user = { name: this.user, password: this.password, domain }
    const response = await fetch(`${this.url}/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: { methods: ['password'], password: { user } },
          scope: { project: { name: 'admin', domain } },
        },
      }),
    })
    const answer = (await response.json()) as {
      readonly token: { readonly user: { readonly id: string } }
    }
    return { token: response.headers.get('x-subject-token') ?? '', userId: answer.token.user.id }
  }

  /** @throws when Keystone refuses it */
  async #call(method: string, route: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.url}/v3${route}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': (await this.#logIn()).token },
      body: JSON.stringify(body),
    })
    const said = await response.text()
    if (!response.ok) throw new Error(`Keystone refused ${route}: ${said}`)
    return said === '' ? undefined : JSON.parse(said)
  }
}
