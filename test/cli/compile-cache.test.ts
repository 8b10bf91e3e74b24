import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CompileCaching, keepCompiledCode } from '../../src/cli/compile-cache.js'
import { Workspace } from '../helpers/daemon.js'

class FakeCaching implements CompileCaching {
  readonly folders: string[] = []
  flushes = 0

  enableCompileCache(folder: string): void {
    this.folders.push(folder)
  }

  flushCompileCache(): void {
    this.flushes += 1
  }
}

describe('the code that V8 makes of the program', () => {
  let workspace: Workspace
  let caching: FakeCaching
  const user = process.getuid?.() ?? 0
  const getuid = (): number => user
  const at = (name: string): string => workspace.path(name)

  beforeEach(() => {
    workspace = new Workspace()
    caching = new FakeCaching()
  })
  afterEach(() => {
    workspace.remove()
  })

  it.each<[string, string, (root: string) => NodeJS.ProcessEnv]>([
    ['the folder that systemd gives', 'a/muster', (root) => ({ CACHE_DIRECTORY: `${root}/a:/b` })],
    ['the folder of XDG', 'a/muster', (root) => ({ XDG_CACHE_HOME: `${root}/a`, HOME: '/home' })],
    [
      'the home folder',
      '.cache/muster',
      (root) => ({ XDG_CACHE_HOME: 'not/absolute', HOME: root }),
    ],
  ])('is kept in %s, which is made for this user alone', (_, folder, env) => {
    keepCompiledCode({ env: env(at('')), getuid }, caching)()
    expect(caching).toMatchObject({ folders: [at(folder)], flushes: 1 })
    expect(statSync(at(folder)).mode & 0o777).toBe(0o700)
  })

  it.each<[string, () => void]>([
    [
      'that others can write to',
      () => {
        mkdirSync(at('c/muster'), { recursive: true })
        chmodSync(at('c/muster'), 0o1777)
      },
    ],
    [
      'in a folder that others can write to',
      () => {
        mkdirSync(at('c'))
        chmodSync(at('c'), 0o777)
      },
    ],
    [
      'that leads into one',
      () => {
        mkdirSync(at('open/muster'), { recursive: true })
        chmodSync(at('open'), 0o777)
        symlinkSync(at('open'), at('c'))
      },
    ],
    ['that is a file', () => writeFileSync(at('c'), '')],
  ])('is not kept in a folder %s', (_, make) => {
    make()
    keepCompiledCode({ env: { XDG_CACHE_HOME: at('c') }, getuid }, caching)()
    expect(caching).toMatchObject({ folders: [], flushes: 0 })
  })

  it('is not kept in a folder of another user, in which nothing is made', () => {
    mkdirSync(at('c'))
    // Only root can give a folder away; and everybody trusts the folders of root.
    if (user === 0) chownSync(at('c'), 12_345, 12_345)
    const other = {
      env: { XDG_CACHE_HOME: at('c') },
      getuid: () => (user === 0 ? 0 : user + 1),
    }
    keepCompiledCode(other, caching)()
    expect(caching.folders).toEqual([])
    expect(readdirSync(at('c'))).toEqual([])
  })

  it.each<[string, NodeJS.ProcessEnv]>([
    ['no folder is known', {}],
    ['it is refused', { HOME: '/', NODE_DISABLE_COMPILE_CACHE: '1' }],
  ])('is not kept where %s', (_, env) => {
    keepCompiledCode({ env, getuid }, caching)()
    expect(caching).toMatchObject({ folders: [], flushes: 0 })
  })

  it('is kept where the user says so: Node has done that already', () => {
    keepCompiledCode({ env: { NODE_COMPILE_CACHE: at('x'), HOME: at('') }, getuid }, caching)()
    expect(caching).toMatchObject({ folders: [], flushes: 1 })
  })

  it('is not kept by a Node that cannot', () => {
    expect(() => keepCompiledCode({ env: { HOME: at('') }, getuid }, {})()).not.toThrow()
    expect(readdirSync(at(''))).toEqual([])
  })
})
