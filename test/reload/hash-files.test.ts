import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashFiles } from '../../src/reload/index.js'

const state = { directory: '' }
beforeEach(async () => {
  state.directory = await mkdtemp(join(tmpdir(), 'muster-hash-'))
})
afterEach(async () => {
  await rm(state.directory, { recursive: true })
})

async function write(contents: readonly string[]): Promise<readonly string[]> {
  const paths = contents.map((_, i) => join(state.directory, String(i)))
  await Promise.all(
    contents.map((content, i) => writeFile(join(state.directory, String(i)), content)),
  )
  return paths
}

describe('the hash of files', () => {
  it('is the same for the same content, and another for any other', async () => {
    const hash = hashFiles(await write(['a: 1\n', 'b: 2\n']))
    const first = await hash()
    expect(await hash()).toBe(first)
    await write(['a: 1\n', 'b: 3\n'])
    expect(await hash()).not.toBe(first)
    await write(['a: 1\nb', ': 2\n'])
    expect(await hash()).not.toBe(first)
    await write(['a: 1\n', 'b: 2\n'])
    expect(await hash()).toBe(first)
  })

  it.each([
    { name: 'a device', path: '/dev/zero', says: '/dev/zero: not a regular file' },
    { name: 'a folder', path: '/', says: 'EISDIR' },
  ])('rejects $name', async ({ path, says }) => {
    await expect(hashFiles([path])()).rejects.toThrow(says)
  })

  it('rejects a file that is larger than any config', async () => {
    const path = join(state.directory, 'large')
    await writeFile(path, '')
    await truncate(path, (64 << 20) + 1)
    await expect(hashFiles([path])()).rejects.toThrow('larger than the limit of 64 MiB')
  })

  it('rejects where a file is not there', async () => {
    await expect(hashFiles([join(state.directory, 'absent')])()).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
