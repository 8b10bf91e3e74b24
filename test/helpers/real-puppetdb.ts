import { execFile } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { until } from './daemon.js'
import { freePorts } from './free-port.js'
import { java } from './java.js'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'

/** A resource of a catalog, as PuppetDB's wire format has it. */
export interface CatalogResource {
  readonly type: string
  readonly title: string
  readonly exported?: boolean
  readonly file?: string
  readonly line?: number
  readonly tags?: readonly string[]
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** How long it may take on a machine that has much else to do. */
const startMs = 540_000

/** A real PuppetDB on loopback, and the PostgreSQL under it. Both are gone, with their data, when it stops. */
export class RealPuppetdb {
  readonly url: string
  readonly #folder: string
  readonly #database: Postgres
  #server: RealProcess | undefined
  /** Catalogs must have ever later times. */
  #time = Date.now()

  private constructor(port: number, folder: string, database: Postgres) {
    this.url = `http://127.0.0.1:${String(port)}`
    this.#folder = folder
    this.#database = database
  }

  /** Starts both, and waits until it answers: half a minute on a quiet machine. */
  static async start(): Promise<RealPuppetdb> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-puppetdb-'))
    const [api = 0, sql = 0] = await freePorts(2)
    const puppetdb = new RealPuppetdb(api, folder, new Postgres(path.join(folder, 'pg'), sql))
    try {
      await puppetdb.#database.start()
      await puppetdb.#launch(api, sql)
    } catch (error) {
      await puppetdb.stop()
      throw error
    }
    return puppetdb
  }

  async #launch(api: number, sql: number): Promise<void> {
    const peer = requirePeer('puppetdb')
    const config = path.join(this.#folder, 'conf.d')
    await mkdir(config)
    await mkdir(path.join(this.#folder, 'var'))
    for (const [name, text] of Object.entries(configFiles(this.#folder, api, sql))) {
      await writeFile(path.join(config, name), text)
    }
    const jar = path.join(peer, 'usr/share/puppetdb/puppetdb.jar')
    const bootstrap = path.join(peer, 'etc/puppetdb/bootstrap.cfg')
    const services = ['-m', 'puppetlabs.puppetdb.core', 'services', '-c', config, '-b', bootstrap]
    this.#server = new RealProcess(
      'puppetdb',
      [
        '-Xmx384m',
        '-XX:+UseSerialGC',
        // It starts sooner without code that is the fastest in the end, and without a check of its classes.
        '-XX:TieredStopAtLevel=1',
        '-XX:+UnlockDiagnosticVMOptions',
        '-XX:-BytecodeVerificationRemote',
        `-Djava.io.tmpdir=${this.#folder}`,
        '-cp',
        [jar, ...librariesIn(path.join(peer, 'usr/share/java'))].join(':'),
        'clojure.main',
        ...services,
      ],
      { command: java() },
    )
    const version = `${this.url}/pdb/meta/v1/version`
    await this.#server.ready(async () => (await fetch(version)).ok, startMs)
  }

  /**
   * Replaces the catalog of a node.
   * @throws when PuppetDB has not taken it within half a minute
   */
  async replaceCatalog(
    certname: string,
    resources: readonly CatalogResource[],
    environment = 'production',
  ): Promise<void> {
    this.#time += 1000
    const time = new Date(this.#time).toISOString()
    const catalog = {
      certname,
      environment,
      version: time,
      transaction_uuid: crypto.randomUUID(),
      catalog_uuid: crypto.randomUUID(),
      code_id: null,
      job_id: null,
      producer_timestamp: time,
      producer: 'producer.example',
      edges: [],
      resources: resources.map((resource) => ({
        exported: false,
        file: null,
        line: null,
        tags: [],
        aliases: [],
        parameters: {},
        ...resource,
      })),
    }
    const query = `command=replace_catalog&version=9&certname=${encodeURIComponent(certname)}`
    const response = await fetch(`${this.url}/pdb/cmd/v1?${query}&secondsToWaitForCompletion=30`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(catalog),
    })
    const said = await response.text()
    if (!response.ok || !/"processed"\s*:\s*true/.test(said)) {
      throw new Error(`PuppetDB has not taken the catalog of ${certname}: ${said}`)
    }
  }

  async stop(): Promise<void> {
    await this.#server?.kill()
    await this.#database.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** The files of its config, by name. Anyone may ask: it listens on loopback alone. */
function configFiles(folder: string, api: number, sql: number): Readonly<Record<string, string>> {
  const logback = path.join(folder, 'conf.d', 'logback.xml')
  const database = [
    `subname = //127.0.0.1:${String(sql)}/puppetdb`,
    'username = postgres',
    'password = x',
  ]
  return {
    'database.ini': ['[database]', ...database, '[read-database]', ...database].join('\n'),
    'jetty.ini': `[jetty]\nhost = 127.0.0.1\nport = ${String(api)}\n`,
    'config.ini': [
      '[global]',
      `vardir = ${path.join(folder, 'var')}`,
      `logging-config = ${logback}`,
      '[puppetdb]',
      'disable-update-checking = true',
    ].join('\n'),
    'auth.conf': JSON.stringify({
      authorization: {
        version: 1,
        rules: [
          {
            name: 'test',
            'match-request': { path: '/', type: 'path' },
            'allow-unauthenticated': true,
            'sort-order': 500,
          },
        ],
      },
    }),
    'logback.xml':
      '<configuration><appender name="S" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %-5p [%c{2}] %m%n</pattern></encoder></appender><root level="warn"><appender-ref ref="S"/></root></configuration>',
  }
}

/** A second way to log, of which there may be one only: logback. */
const otherLogging = /^(?:slf4j-(?:simple|nop|log4j12|jdk14|jcl|migrator)|log4j-over|jcl-over)/

/** Each library once, whichever of its names is a link. */
function librariesIn(folder: string): readonly string[] {
  const jars = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => file.endsWith('.jar') && existsSync(file))
    .map((file) => realpathSync(file))
    .filter((file) => !otherLogging.test(path.basename(file)))
  return [...new Set(jars)].sort()
}

/** A PostgreSQL with one database, `puppetdb`. */
class Postgres {
  readonly #data: string
  readonly #port: number
  readonly #bin = postgresBin()
  #server: RealProcess | undefined

  constructor(data: string, port: number) {
    this.#data = data
    this.#port = port
  }

  async start(): Promise<void> {
    const ofNew = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    await this.#run('initdb', ['-D', this.#data, ...ofNew])
    await this.#run(
      'postgres',
      ['--single', '-D', this.#data, 'postgres'],
      'create database puppetdb',
    )
    await this.#run(
      'postgres',
      ['--single', '-D', this.#data, 'puppetdb'],
      'create extension pg_trgm',
    )
    const listen = ['-h', '127.0.0.1', '-p', String(this.#port), '-k', this.#data]
    const [command = '', ...args] = this.#command('postgres')
    this.#server = new RealProcess(
      'puppetdb',
      [...args, '-D', this.#data, ...listen, '-c', 'fsync=off'],
      { command, env: this.#env },
    )
    const ready = path.join(this.#data, `.s.PGSQL.${String(this.#port)}`)
    await this.#server.ready(() => existsSync(ready))
  }

  /** Ends it in order: a killed one would leave shared memory behind. */
  async stop(): Promise<void> {
    const server = this.#server
    server?.signal('SIGQUIT')
    try {
      await until('PostgreSQL is over', () => server?.isOver ?? true, 10_000)
    } finally {
      await server?.kill()
    }
  }

  async #run(name: string, args: readonly string[], input = ''): Promise<void> {
    const [command = '', ...before] = this.#command(name)
    const running = promisify(execFile)(command, [...before, ...args], { env: this.#env })
    running.child.stdin?.end(`${input}\n`)
    await running
  }

  /** It refuses to run as root: root becomes a user of its own for it, in a namespace. */
  #command(name: string): readonly string[] {
    const binary = path.join(this.#bin, name)
    if (process.getuid?.() !== 0) return [binary]
    return ['unshare', '--user', '--map-user=65534', '--map-group=65534', binary]
  }

  /** With the libraries beside it, where it is not this machine's own. */
  get #env(): NodeJS.ProcessEnv {
    const libraries = path.join(this.#bin, '../../../x86_64-linux-gnu')
    return { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraries }
  }
}

/** This machine's newest PostgreSQL, or the one that scripts/peers.sh has unpacked. */
function postgresBin(): string {
  const root = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache', 'muster-peers')
  for (const lib of ['/usr/lib/postgresql', path.join(root, 'postgresql/usr/lib/postgresql')]) {
    const [newest] = (existsSync(lib) ? readdirSync(lib) : [])
      .filter((name) => existsSync(path.join(lib, name, 'bin/postgres')))
      .sort((a, b) => Number(b) - Number(a))
    if (newest !== undefined) return path.join(lib, newest, 'bin')
  }
  throw new Error('PostgreSQL is not installed: run scripts/peers.sh slow')
}
