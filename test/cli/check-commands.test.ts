import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import { runProgram } from '../../src/cli/program.js'
import { useFolder } from '../config/folder.js'

const folder = useFolder()

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function run(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new Text()
  const stderr = new Text()
  const host: Host = {
    env: { NAME: 'x' },
    stdout,
    stderr,
    lostLogLines: () => 0,
    signals: new EventEmitter(),
    exitSoon: () => undefined,
    exit() {
      throw new Error('the program ended the process')
    },
  }
  const code = await runProgram(['check', 'config', ...args], host)
  return { code, out: stdout.text, err: stderr.text }
}

describe('muster check config', () => {
  it('ends with 0 after a good file, and says so on stdout', async () => {
    const file = await folder.write('p.yml', 'global: {external_labels: {a: $NAME}}\n')
    expect(await run(file)).toEqual({
      code: 0,
      out: `Checking ${file}\n SUCCESS: ${file} is valid prometheus config file syntax\n\n`,
      err: '',
    })
  })

  it('ends with 1 after a bad file, and says so on stderr', async () => {
    const file = await folder.write('p.yml', 'foo: 1\n')
    const { code, err } = await run('--syntax-only', file)
    expect(code).toBe(1)
    expect(err).toMatch(/^ {2}FAILED: parsing YAML file /)
  })

  it('ends with 3 where a finding of the linter is to count', async () => {
    const file = await folder.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
    const lint = ['--lint=too-long-scrape-interval', '--lint-fatal', '--query.lookback-delta=1m']
    expect((await run(...lint, file)).code).toBe(3)
  })

  it.each([
    { name: 'no file', args: [] },
    { name: 'an unknown flag', args: ['--foo', 'p.yml'] },
    { name: 'a lookback delta that is no duration', args: ['--query.lookback-delta=1x', 'p.yml'] },
  ])('ends with 2 for $name', async ({ args }) => {
    const { code, err } = await run(...args)
    expect(code).toBe(2)
    expect(err).toMatch(/^Error parsing command line arguments: /)
  })
})
