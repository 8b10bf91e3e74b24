import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const job = (name: string): string => `
  - job_name: ${name}
    static_configs: [{targets: ['${name}:1']}]
    file_sd_configs: [{files: ['shared.json']}]
`

/** A config with one job for each name, a static target each, and a file everybody shares. */
function config(jobs: readonly string[], extra = ''): string {
  return `scrape_configs:${jobs.map(job).join('')}${extra}`
}

interface Targets {
  readonly activeTargets: readonly { readonly scrapePool: string; readonly scrapeUrl: string }[]
}

describe('a reload', () => {
  let workspace: Workspace
  let daemon: Daemon
  let file: string

  beforeEach(async () => {
    workspace = new Workspace()
    writeShared(['s:1'])
    file = workspace.write('p.yml', config(['a', 'b']))
    daemon = await Daemon.start(file, ['--web.enable-lifecycle'])
    await shows(['a a:1', 'a s:1', 'b b:1', 'b s:1'])
  })
  afterEach(async () => {
    await daemon.stop()
    workspace.remove()
  })

  function writeShared(targets: readonly string[]): void {
    workspace.write('shared.json', JSON.stringify([{ targets }]))
  }

  async function targets(): Promise<readonly string[]> {
    const { activeTargets } = await daemon.api<Targets>('/targets?state=active')
    return activeTargets
      .map(({ scrapePool, scrapeUrl }) => `${scrapePool} ${new URL(scrapeUrl).host}`)
      .sort()
  }

  async function shows(want: readonly string[]): Promise<void> {
    let last: readonly string[] = []
    await until(`targets are ${want.join(', ')}`, async () => {
      last = await targets()
      return JSON.stringify(last) === JSON.stringify([...want].sort())
    })
  }

  async function reload(): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
    return { status: answer.status, text: await answer.text() }
  }

  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (\\S+)$`, 'm').exec((await daemon.get('/metrics')).text)?.[1]

  it('over HTTP takes the new config, and answers once it is in force', async () => {
    workspace.write('p.yml', config(['b', 'c']))
    expect(await reload()).toEqual({
      status: 200,
      text:
        'scrape: jobs added: c; jobs removed: a\n' +
        'scrape_sd: providers started: static/3; providers stopped: static/1\n',
    })
    expect(daemon.stderr).toContain(
      'level=INFO msg="Configuration changes" scrape="jobs added: c; jobs removed: a" ' +
        'scrape_sd="providers started: static/3; providers stopped: static/1"\n',
    )
    await shows(['b b:1', 'b s:1', 'c c:1', 'c s:1'])
    expect(await metric('prometheus_config_last_reload_successful')).toBe('1')
  })

  it('of an unchanged config says so, though a rule moved to another line', async () => {
    workspace.write('p.yml', `# A comment.\n${config(['a', 'b'])}`)
    expect(await reload()).toEqual({ status: 200, text: 'Nothing changed.\n' })
    expect(daemon.stderr).toContain('level=INFO msg="The configuration has not changed"')
  })

  it('by SIGHUP takes the new config', async () => {
    workspace.write('p.yml', config(['c']))
    daemon.kill('SIGHUP')
    await shows(['c c:1', 'c s:1'])
  })

  it.each([
    { name: 'a bad file', text: 'scrape_configs: [{}', says: /p\.yml:1:20/ },
    { name: 'an unknown key', text: 'scrape_config: []', says: /did you mean "scrape_configs"\?/ },
    {
      name: 'a bad regex',
      text: config(['a', 'c'], "    relabel_configs: [{regex: '('}]\n"),
      says: /missing closing \)/,
    },
    {
      name: 'an included file that is wrong',
      text: `${config(['a', 'c'])}scrape_config_files: ['bad*.yml']\n`,
      says: /bad\.yml:1:1/,
    },
    {
      name: 'a part that refuses',
      text: `${config(['a', 'c'])}alerting: {alertmanagers: [{tls_config: {ca_file: nowhere.pem}}]}\n`,
      says: /nowhere\.pem/,
    },
  ])('refused for $name changes nothing, and says why', async ({ text, says }) => {
    workspace.write('bad.yml', 'nonsense: 1\n')
    workspace.write('p.yml', text)
    const { status, text: answer } = await reload()
    expect(status).toBe(500)
    expect(answer).toMatch(/^failed to reload config: /)
    expect(answer).toMatch(says)
    expect(await metric('prometheus_config_last_reload_successful')).toBe('0')
    expect(await targets()).toEqual(['a a:1', 'a s:1', 'b b:1', 'b s:1'])
    writeShared(['s:2'])
    await shows(['a a:1', 'a s:2', 'b b:1', 'b s:2'])

    workspace.write('p.yml', config(['a']))
    expect(await reload()).toMatchObject({ status: 200 })
    await shows(['a a:1', 'a s:2'])
    expect(await metric('prometheus_config_last_reload_successful')).toBe('1')
  })

  it('ten times in the middle of changes loses nothing and repeats nothing', async () => {
    for (let round = 0; round < 10; round += 1) {
      writeShared([`s:${String(round)}`, `t:${String(round)}`])
      workspace.write('p.yml', config(round % 2 === 0 ? ['b', 'a', 'c'] : ['a', 'b']))
      const [first, second] = await Promise.all([reload(), reload()])
      expect([first.status, second.status]).toEqual([200, 200])
    }
    await shows(['a a:1', 'a s:9', 'a t:9', 'b b:1', 'b s:9', 'b t:9'])
    const { providers } = await daemon.api<{ providers: readonly { name: string }[] }>('/providers')
    expect(providers.map(({ name }) => name.replace(/\d+/, 'n')).sort()).toEqual([
      'file/n',
      'static/n',
      'static/n',
    ])
  })
})

describe('a reload on its own', () => {
  const workspace = new Workspace()
  let daemon: Daemon | undefined
  afterEach(async () => {
    await daemon?.stop()
    workspace.remove()
  })

  it('follows a change of the config file, and tries a broken one again until it is mended', async () => {
    const file = workspace.write('p.yml', config(['a']))
    daemon = await Daemon.start(file, ['--config.auto-reload', '--config.auto-reload-interval=1s'])
    const pools = async (): Promise<string> =>
      JSON.stringify(await daemon?.api<unknown>('/scrape_pools'))
    workspace.write('p.yml', 'scrape_configs: [')
    await until('the refusal is logged', () => /Error reloading config/.test(daemon?.stderr ?? ''))
    expect(await pools()).toContain('"a"')
    workspace.write('p.yml', config(['z']))
    await until('the new job is there', async () => (await pools()).includes('"z"'))
  })
})
