import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileMechanism, type WatchFolder } from '../../../src/mechanisms/file/index.js'
import { watchFolder } from '../../../src/mechanisms/file/watch.js'
import { Harness } from '../../discovery/harness.js'
import { Folder } from './folder.js'
import { ScriptedWatch } from './scripted-watch.js'

let folder: Folder
let script: ScriptedWatch
let h: Harness

beforeEach(() => {
  folder = new Folder()
  script = new ScriptedWatch()
  h = new Harness()
})
afterEach(async () => {
  h.manager.interrupt()
  await h.done
  folder.remove()
})

function start(files: readonly string[], watch: WatchFolder = script.watch, limit?: number): void {
  const mechanism = fileMechanism({
    registry: h.registry,
    watch,
    ...(limit === undefined ? {} : { limit }),
  })
  const config = { files: files.map((name) => folder.at(name)), refresh_interval: 60_000 }
  h.manager.prepare(new Map([['job', [{ mechanism, config }]]])).commit()
}

/** The groups a consumer has, without the folder and the provider. */
function groups(): readonly string[] {
  h.scheduler.advance(100)
  return [...(h.seen.get('job') ?? [])]
    .map(([key, addresses]) => `${path.basename(key)}=${addresses}`)
    .sort()
}

const status = () => h.manager.providers()[0]
const seen = (...expected: readonly string[]) =>
  vi.waitFor(() => expect(groups()).toEqual(expected), { timeout: 20_000 })
const started = () => vi.waitFor(() => expect(status()?.state).not.toBe('starting'), 20_000)
const logged = (text: string) =>
  vi.waitFor(() => expect(h.logged.join('\n')).toContain(text), { timeout: 20_000 })

describe('files are found', () => {
  it('by patterns, JSON and YAML, in one first answer', async () => {
    folder.groups('a.json', '1:80', '2:80')
    folder.write('b.yml', '- targets: ["3:80"]\n')
    folder.write('c.txt', 'not for us')
    start(['*.json', 'b.yml', 'a.json'])
    await seen('a.json:0=1:80', 'a.json:1=2:80', 'b.yml:0=3:80')
    expect(status()).toMatchObject({ state: 'running', updates: 1, groups: 3 })
  })

  it('none is an answer too', async () => {
    start(['*.json'])
    await started()
    expect(status()).toMatchObject({ state: 'running', groups: 0 })
  })

  it('with the time they were changed in the metrics, while they are followed', async () => {
    folder.groups('a.json', '1:80')
    start(['*.json'])
    await started()
    const [name, value] =
      Object.entries(await h.metric('prometheus_sd_file_mtime_seconds'))[0] ?? []
    expect(name).toBe(folder.at('a.json'))
    expect(value).toBeGreaterThan(1_600_000_000)
    h.manager.interrupt()
    expect(await h.metric('prometheus_sd_file_mtime_seconds')).toEqual({})
    expect(script.watched.size).toBe(0)
    expect(h.scheduler.pending).toBe(0)
  })
})

describe('a change in a folder', () => {
  beforeEach(async () => {
    folder.groups('a.json', '1:80')
    folder.groups('b.json', '2:80')
    start(['*.json'])
    await started()
  })

  it('a changed file is read, and only what changed in it goes out', async () => {
    h.scheduler.advance(1000)
    h.news()
    folder.groups('a.json', '1:80', '9:80')
    script.changed(folder.path, 'a.json')
    await seen('a.json:0=1:80', 'a.json:1=9:80', 'b.json:0=2:80')
    expect(h.news()).toEqual([`job: file/0/${folder.at('a.json')}:1=9:80`])
  })

  it('a new file is read, one that is gone takes its groups with it', async () => {
    folder.groups('c.json', '3:80')
    script.changed(folder.path, 'c.json')
    await seen('a.json:0=1:80', 'b.json:0=2:80', 'c.json:0=3:80')
    rmSync(folder.at('b.json'))
    script.changed(folder.path, 'b.json')
    await seen('a.json:0=1:80', 'c.json:0=3:80')
    expect(Object.keys(await h.metric('prometheus_sd_file_mtime_seconds'))).toEqual([
      folder.at('a.json'),
      folder.at('c.json'),
    ])
  })

  it('that no watch reports is seen at the next refresh', async () => {
    folder.groups('a.json', '7:80')
    rmSync(folder.at('b.json'))
    h.scheduler.advance(60_000)
    await seen('a.json:0=7:80')
  })

  it('a file written half gets a second look before its error is reported', async () => {
    folder.write('a.json', '[{"targets":["1:80"]},{"tar')
    script.changed(folder.path, 'a.json')
    await vi.waitFor(() => expect(h.scheduler.pending).toBe(2))
    folder.groups('a.json', '1:80', '5:80')
    await seen('a.json:0=1:80', 'a.json:1=5:80', 'b.json:0=2:80')
    expect(h.logged).toEqual([])
    expect(await h.metric('prometheus_sd_file_read_errors_total')).toEqual({ '': 0 })
  })

  it('a file that stays wrong keeps its groups, and the error shows in three places', async () => {
    folder.write('a.json', '[{"targets":["1:80"]},{"tar')
    script.changed(folder.path, 'a.json')
    await vi.waitFor(() => {
      h.scheduler.advance(100)
      expect(h.logged).toEqual(['error Error reading file: unexpected end of JSON input'])
    })
    expect(groups()).toEqual(['a.json:0=1:80', 'b.json:0=2:80'])
    expect(await h.metric('prometheus_sd_file_read_errors_total')).toEqual({ '': 1 })
    await vi.waitFor(() => expect(status()).toMatchObject({ state: 'failing', groups: 2 }))
    expect(status()?.lastError?.message).toBe(
      `${folder.at('a.json')}: unexpected end of JSON input`,
    )
    folder.groups('b.json', '8:80')
    script.changed(folder.path, 'b.json')
    await seen('a.json:0=1:80', 'b.json:0=8:80')
    await vi.waitFor(() => expect(status()?.state).toBe('failing'))
    folder.groups('a.json', '6:80')
    script.changed(folder.path, 'a.json')
    await seen('a.json:0=6:80', 'b.json:0=8:80')
    await vi.waitFor(() => expect(status()?.state).toBe('running'))
  })

  it('a link that leads nowhere keeps the groups, and is tried again by itself', async () => {
    rmSync(folder.at('a.json'))
    symlinkSync(folder.at('later'), folder.at('a.json'))
    script.changed(folder.path, 'a.json')
    await logged('Error reading file: ENOENT')
    expect(groups()).toEqual(['a.json:0=1:80', 'b.json:0=2:80'])
    folder.groups('later', '4:80')
    h.scheduler.advance(1000)
    await seen('a.json:0=4:80', 'b.json:0=2:80')
  })

  it('a link that is swapped changes the files behind it', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(folder.at(version))
      folder.groups(`${version}/linked.json`, `${version}:80`)
    }
    symlinkSync('v1', folder.at('..data'))
    symlinkSync('..data/linked.json', folder.at('linked.json'))
    script.changed(folder.path, 'linked.json')
    await seen('a.json:0=1:80', 'b.json:0=2:80', 'linked.json:0=v1:80')
    symlinkSync('v2', folder.at('..data_tmp'))
    renameSync(folder.at('..data_tmp'), folder.at('..data'))
    script.changed(folder.path, '..data')
    await seen('a.json:0=1:80', 'b.json:0=2:80', 'linked.json:0=v2:80')
  })
})

describe('what cannot be read', () => {
  it.each([
    { name: 'a folder', make: (at: string) => mkdirSync(at) },
    { name: 'a pipe', make: (at: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', at]) },
  ])('is said, and harms nothing else: $name', async ({ make }) => {
    make(folder.at('bad.json'))
    folder.groups('good.json', '1:80')
    start(['*.json'])
    await logged('Error reading file: not a regular file')
    expect(groups()).toEqual(['good.json:0=1:80'])
  })

  it('a file beyond the limit', async () => {
    folder.groups('a.json', '1:80', '2:80', '3:80')
    start(['*.json'], script.watch, 20)
    await logged('larger than the limit of 20 bytes')
    expect(status()).toMatchObject({ state: 'failing', groups: 0 })
  })
})

describe('watches', () => {
  it('that cannot begin are said once, and files are read all the same', async () => {
    folder.groups('a.json', '1:80')
    script.refusal = new Error('no space left for watches')
    start(['*.json'])
    await seen('a.json:0=1:80')
    for (const address of ['2:80', '3:80']) {
      folder.groups('a.json', address)
      h.scheduler.advance(60_000)
      await seen(`a.json:0=${address}`)
    }
    expect(h.logged).toEqual(['error Error adding file watch: no space left for watches'])
  })

  it('do not begin any more after the end', async () => {
    start(['*.json', 'x/*.json'])
    h.manager.interrupt()
    await h.done
    // The look at the folders that was under way comes to its end meanwhile.
    await stat(folder.path)
    await new Promise((resolve) => setImmediate(resolve))
    expect(script.watched.size).toBe(0)
    expect(h.logged).toEqual([])
  })

  it('that break are begun again at the next refresh', async () => {
    folder.groups('a.json', '1:80')
    start(['*.json'])
    await started()
    script.watched.get(folder.path)?.error(new Error('lost'))
    expect(await h.metric('prometheus_sd_file_watcher_errors_total')).toEqual({ '': 1 })
    expect(script.watched.size).toBe(0)
    h.scheduler.advance(60_000)
    await vi.waitFor(() => expect(script.watched.size).toBe(1))
  })

  it('see a folder come that was not there, and come again', async () => {
    start(['x/y/*.json'], watchFolder)
    await logged('Error adding file watch: no such folder')
    for (const address of ['1:80', '2:80']) {
      mkdirSync(folder.at('x'))
      mkdirSync(folder.at('x/y'))
      folder.groups('x/y/a.json', address)
      await seen(`a.json:0=${address}`)
      rmSync(folder.at('x'), { recursive: true })
      await seen()
    }
  })

  it('of the system see files written, replaced, removed and linked to another file', async () => {
    folder.groups('a.json', '1:80')
    start(['*.json'], watchFolder)
    await seen('a.json:0=1:80')
    folder.groups('a.json', '2:80')
    await seen('a.json:0=2:80')
    folder.replace('a.json', '[{"targets":["3:80"]}]')
    await seen('a.json:0=3:80')
    rmSync(folder.at('a.json'))
    await seen()
    mkdirSync(folder.at('..v1'))
    mkdirSync(folder.at('..v2'))
    folder.groups('..v1/k.json', '4:80')
    folder.groups('..v2/k.json', '5:80')
    symlinkSync('..v1', folder.at('..data'))
    symlinkSync('..data/k.json', folder.at('k.json'))
    await seen('k.json:0=4:80')
    symlinkSync('..v2', folder.at('..data_tmp'))
    renameSync(folder.at('..data_tmp'), folder.at('..data'))
    await seen('k.json:0=5:80')
  })
})
