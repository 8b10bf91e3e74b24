import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultUrl } from '../../src/cli/server-flags.js'
import { Daemon, Workspace } from '../helpers/daemon.js'

// There is no image and no network here to build it with: its lines are read, and what they run is run.
const folder = path.resolve(import.meta.dirname, '../../examples/container')
const recipe = await readFile(path.join(folder, 'Dockerfile'), 'utf8')

/** The instructions of the recipe: `USER 1000` as `['USER', '1000']`. */
const instructions = recipe
  .replaceAll(/^#.*\n/gmu, '')
  .replaceAll(/\\\n/gu, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^([A-Z]+) +(.*)$/u.exec(line)?.slice(1) ?? [line, ''])

const argumentOf = (name: string): string =>
  instructions.find(([instruction]) => instruction === name)?.[1] ?? ''
const listOf = (text: string): readonly string[] => JSON.parse(text) as readonly string[]

describe('the container recipe', () => {
  it('has instructions of a Dockerfile alone, and runs as a user by number', () => {
    const known =
      /^(?:FROM|ARG|RUN|USER|WORKDIR|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD)$/u
    for (const [instruction] of instructions) expect(instruction).toMatch(known)
    expect(argumentOf('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/u)
  })

  it('starts a muster that is healthy by its own check, and that SIGTERM ends', async () => {
    const workspace = new Workspace()
    onTestFinished(() => workspace.remove())
    const config = workspace.write('prometheus.yml', 'scrape_configs: [{job_name: a}]\n')
    const [tini, dashes, muster] = listOf(argumentOf('ENTRYPOINT'))
    expect([tini, dashes, muster]).toEqual(['tini', '--', 'muster'])
    // The same port for all: what the check asks by default, what is exposed, what is listened on.
    const { port } = new URL(defaultUrl)
    expect(argumentOf('EXPOSE')).toBe(port)
    const args = listOf(argumentOf('CMD')).filter((arg) => !arg.startsWith('--config.file='))
    expect(args).toContain(`--web.listen-address=:${port}`)
    const here = args
      .filter((arg) => !arg.startsWith('--web.listen-address='))
      .map((arg) => arg.replace(argumentOf('VOLUME'), workspace.path('state')))
    const daemon = await Daemon.start(config, here)
    onTestFinished(() => daemon.stop())
    const check = listOf(/CMD (\[.*\])$/u.exec(argumentOf('HEALTHCHECK'))?.[1] ?? '')
    expect(check[0]).toBe('muster')
    const asked = Daemon.spawn([...check.slice(1), `--url=${daemon.url}`])
    expect(await asked.exited).toEqual({ code: 0, signal: null })
    daemon.kill('SIGTERM')
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
    const after = Daemon.spawn([...check.slice(1), `--url=${daemon.url}`])
    expect(await after.exited).toEqual({ code: 1, signal: null })
  })

  it('is of the version of this package', async () => {
    const file = path.resolve(folder, '../../package.json')
    const { name, version } = JSON.parse(await readFile(file, 'utf8')) as {
      readonly name: string
      readonly version: string
    }
    expect(argumentOf('ARG')).toBe(`VERSION=${version}`)
    expect(recipe).toContain(`npm install --global --omit=dev "${name}@\${VERSION}"`)
  })
})

interface Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly {
          readonly args: readonly string[]
          readonly readinessProbe: { readonly httpGet: { readonly path: string } }
          readonly livenessProbe: { readonly httpGet: { readonly path: string } }
          readonly resources: { readonly limits: { readonly memory: string } }
          readonly env: readonly { readonly name: string; readonly value: string }[]
        }[]
      }
    }
  }
}

describe('the manifest for Kubernetes', () => {
  it('has flags that muster takes, and probes that it answers', async () => {
    const manifest = load(await readFile(path.join(folder, 'kubernetes.yml'), 'utf8')) as Manifest
    const { containers, terminationGracePeriodSeconds } = manifest.spec.template.spec
    expect(terminationGracePeriodSeconds).toBeGreaterThan(25)
    const [container] = containers
    if (container === undefined) throw new Error('there is a container')
    const workspace = new Workspace()
    onTestFinished(() => workspace.remove())
    const config = workspace.write('prometheus.yml', 'scrape_configs: [{job_name: a}]\n')
    const args = container.args
      .filter((arg) => !/^--(?:config\.file|web\.listen-address)=/u.test(arg))
      .map((arg) => arg.replace('/var/lib/muster', workspace.path('state')))
    const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
    const daemon = await Daemon.start(config, args, env)
    onTestFinished(() => daemon.stop())
    for (const { httpGet } of [container.readinessProbe, container.livenessProbe]) {
      expect((await daemon.get(httpGet.path)).status).toBe(200)
    }
    const heap = Number(/=(\d+)$/u.exec(env['NODE_OPTIONS'] ?? '')?.[1])
    expect(heap / Number.parseInt(container.resources.limits.memory, 10)).toBe(0.75)
  })
})
