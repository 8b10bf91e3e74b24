import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

  it('rejects where a file is not there', async () => {
    await expect(hashFiles([join(state.directory, 'absent')])()).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
