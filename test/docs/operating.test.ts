import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { prometheusFlags } from '../../src/cli/prometheus-flags.js'
import { Daemon, Workspace } from '../helpers/daemon.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = await readFile(path.join(root, 'docs/operating.md'), 'utf8')

/** The `sh` examples of the page, in their order. */
const examples = [...page.matchAll(/^( *)```sh\n([^]*?)^ *```$/gmu)].map(
  ([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gmu'), '').trim(),
)

async function help(): Promise<string> {
  const daemon = Daemon.spawn(['--help'])
  await daemon.exited
  return daemon.stdout
}

describe('docs/operating.md', () => {
  it('has a row for each flag of muster --help, with its text, and no other', async () => {
    const flags = [...(await help()).matchAll(/^ {2}(--[a-z-]+\.[a-z.-]+)( <[a-z]+>)? +(.*)$/gmu)]
    const rows = flags.map(
      ([, flag = '', value = '', text = '']) =>
        `| \`${flag}${value}\` | ${text.replaceAll(/[<|]/gu, String.raw`\$&`)} |`,
    )
    const table = page.slice(page.indexOf('| flag | what it does |'), page.indexOf('### Flags of'))
    expect(rows.length).toBeGreaterThan(20)
    expect(table.trim().split('\n').slice(2)).toEqual(rows)
  })

  it('has each flag of Prometheus that muster takes or refuses, with the reason', () => {
    const table = page.slice(page.indexOf('### Flags of'), page.indexOf('## Signals'))
    const named = [...table.matchAll(/`--([a-z.-]+)`/gu)].map(([, name = '']) => name)
    expect(named.sort()).toEqual(prometheusFlags.map(({ name }) => name).sort())
    for (const { name, about, refusal } of prometheusFlags) {
      const row = table.split('\n').find((line) => line.includes(`\`--${name}\``))
      expect(row).toContain(refusal ?? about)
    }
  })

  it('names only files that there are', async () => {
    const files = [...page.matchAll(/\]\(([^):#]+)\)/gu)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) await access(path.join(root, 'docs', file))
  })
})

const namespace = ['--map-root-user', '--net', '--pid', '--fork', '--kill-child']
const canEnter = spawnSync('unshare', [...namespace, 'ip', 'link', 'set', 'lo', 'up']).status === 0

describe.skipIf(!canEnter)(
  `the examples of docs/operating.md${canEnter ? '' : ' (left out: needs unshare and ip)'}`,
  () => {
    it('run, and end with 0', async () => {
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      mkdirSync(workspace.path('bin'))
      const entry = path.join(root, 'dist/bin/muster.js')
      workspace.write('bin/muster', `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`)
      workspace.write(
        'prometheus.yml',
        "scrape_configs: [{job_name: web, static_configs: [{targets: ['127.0.0.1:9100']}]}]\n",
      )
      workspace.write('web.yml', '{}\n')
      // The ports of the page are free in a network of its own.
      const script = [
        'set -u; chmod +x bin/muster; PATH="$PWD/bin:$PATH"',
        'muster --config.file=prometheus.yml --web.enable-lifecycle > log 2>&1 & server=$!',
        'until grep -q "muster is ready" log; do sleep 0.1; done',
        ...examples.map((code, i) =>
          /^(?:\w+=\S+ )?muster --config/u.test(code)
            ? `env ${code} > out${String(i)} 2>&1 & pid=$!
               until grep -q 'muster is ready' out${String(i)} || ! kill -0 $pid; do sleep 0.1; done
               kill $pid; wait $pid; echo "example ${String(i)} ends with $?"`
            : `( set -e; ${code} ); echo "example ${String(i)} ends with $?"`,
        ),
        'kill $server; wait $server; echo "muster ends with $?"',
      ].join('\n')
      const file = workspace.write('run.sh', script)
      const inside = `ip link set lo up && exec bash ${file}`
      const { stdout } = await promisify(execFile)('unshare', [...namespace, 'sh', '-c', inside], {
        cwd: workspace.directory,
      })
      const ends = stdout.split('\n').filter((line) => / ends with /u.test(line))
      expect(examples.length).toBeGreaterThan(5)
      expect(ends).toEqual([
        ...examples.map((_, i) => `example ${String(i)} ends with 0`),
        'muster ends with 0',
      ])
      expect(stdout).toContain('Nothing changed.')
      expect(stdout).toContain('SUCCESS')
    })
  },
)
