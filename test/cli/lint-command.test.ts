import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import { lintCodes } from '../../src/cli/lint/codes/index.js'
import { runProgram } from '../../src/cli/program.js'
import { useFolder } from '../config/folder.js'
import { recordGroups } from './lint/linting.js'

const folder = useFolder()

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function lint(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new Text(), new Text()]
  const host: Host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    signals: new EventEmitter(),
    ready: () => undefined,
    exitSoon: () => undefined,
    exit() {
      throw new Error('the program ended the process')
    },
  }
  const code = await runProgram(['lint', ...args], host)
  return { code, out: stdout.text, err: stderr.text }
}

const config = `scrape_configs:
- job_name: a
  file_sd_configs: [{files: [nodes.json]}]
  relabel_configs:
  - {source_labels: [a], regex: ^x, target_label: y, replacement: $2}
`

describe('muster lint', () => {
  it.each([
    { title: 'without findings', args: ['--disable=M104,M105', '--fatal'], code: 0 },
    { title: 'with findings', args: [], code: 0 },
    { title: 'with warnings that are fatal', args: ['--fatal'], code: 3 },
    { title: 'with notes alone, which never are', args: ['--fatal', '--disable=m104'], code: 0 },
    { title: 'with a code that there is not', args: ['--enable=M999'], code: 2 },
    { title: 'with a format that there is not', args: ['--format=xml'], code: 2 },
    { title: 'with a snapshot that is not there', args: ['--snapshot=/none', '--fatal'], code: 2 },
  ])('ends with $code $title', async ({ args, code }) => {
    const file = await folder.write('p.yml', config)
    expect((await lint(file, ...args)).code).toBe(code)
  })

  it('says what it found on stdout, and which file cannot be used and why on stderr', async () => {
    const file = await folder.write('p.yml', config)
    const none = folder.path('none.yml')
    const { code, out, err } = await lint(none, file, '--fatal')
    expect(code).toBe(2)
    expect(err).toBe(`open ${none}: no such file or directory\n`)
    expect(out.split('\n').map((line) => line.split(' ')[1])).toEqual(['M105', 'M104', undefined])
  })

  it.each(['json', 'sarif'])('prints one document of %s whatever is found', async (format) => {
    const file = await folder.write('p.yml', config)
    for (const flags of [[], ['--enable=M101']]) {
      const { out } = await lint(file, `--format=${format}`, ...flags)
      expect(() => JSON.parse(out) as unknown).not.toThrow()
    }
  })

  it('prints nothing for GitHub where nothing is found', async () => {
    const file = await folder.write('p.yml', 'scrape_configs: []\n')
    expect(await lint(file, '--format=github')).toEqual({ code: 0, out: '', err: '' })
  })

  it('takes a snapshot, and says of which jobs it lacks targets', async () => {
    const file = await folder.write('p.yml', config)
    const other = folder.path('other.muster')
    await recordGroups(config, other, [])
    const { err, code } = await lint(file, `--snapshot=${other}`, '--enable=M201')
    expect(code).toBe(0)
    // Recorded under another path, nodes.json is another file.
    expect(err).toBe(
      `${other} does not have all targets of job "a": its discovery has changed, or was not recorded; record it again\n`,
    )
  })

  it('lists every code in its help', async () => {
    const { out } = await lint('--help')
    for (const { code, title } of lintCodes) expect(out).toContain(`  ${code}  ${title}\n`)
  })
})
