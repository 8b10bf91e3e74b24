import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { forThisTest } from '../helpers/real-process.js'
import { addresses } from './reader.js'

interface Files {
  readonly files: readonly { readonly targets: number; readonly error?: string }[]
}

it.runIf(process.platform === 'linux')(
  'a file of targets stays whole where a new one finds only room for a part, and the API says so',
  async () => {
    const folder = new Workspace()
    onTestFinished(() => folder.remove())
    const set = (count: number): void => {
      writeFileSync(folder.path('new'), JSON.stringify([{ targets: addresses(count) }]))
      renameSync(folder.path('new'), folder.path('in.json'))
    }
    set(60)
    const config = folder.write(
      'muster.yml',
      'scrape_configs: [{job_name: j, file_sd_configs: [{files: [in.json], refresh_interval: 1s}]}]',
    )
    const out = folder.path('out')
    const muster = await forThisTest(Daemon.start(config, [`--output.file-sd=${out}`]))
    const written = async (): Promise<Files['files'][number] | undefined> =>
      (await muster.api<Files>('/outputs')).files[0]
    await until('the file is written', async () => (await written())?.targets === 60)
    const whole = readFileSync(`${out}/j.json`, 'utf8')
    const limit = (bytes: string): void => {
      execFileSync('prlimit', [`--pid=${String(muster.child.pid)}`, `--fsize=${bytes}:`])
    }
    limit('100')
    set(61)
    await until('the API says so', async () => (await written())?.error !== undefined)
    expect(readFileSync(`${out}/j.json`, 'utf8')).toBe(whole)
    limit('unlimited')
    await until('it is written', async () => (await written())?.targets === 61)
    expect((await written())?.error).toBeUndefined()
  },
)
