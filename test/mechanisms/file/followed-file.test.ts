import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FollowedFile } from '../../../src/mechanisms/file/followed-file.js'
import { Folder } from './folder.js'
import { Turns } from '../../../src/waiting/turns.js'

const turns = new Turns()

describe('a file is not read again without need', () => {
  let folder: Folder
  beforeEach(() => {
    folder = new Folder()
    folder.groups('a.json', '1:80')
  })
  afterEach(() => folder.remove())

  const soon = { force: false, limit: 1000, now: Date.now() - 1000 }
  const late = { ...soon, now: Date.now() + 60_000 }

  it.each([
    { name: 'not when its stamp is the same', first: late, second: late, isRead: false },
    { name: 'when it had just changed the last time', first: soon, second: late, isRead: true },
    { name: 'when it must be', first: late, second: { ...late, force: true }, isRead: true },
  ])('$name', async ({ first, second, isRead }) => {
    const file = new FollowedFile(folder.at('a.json'), turns)
    expect(await file.check(first)).toMatchObject({ kind: 'read', mtimeMs: expect.any(Number) })
    expect(await file.check(second)).toMatchObject(
      isRead ? { kind: 'read', changed: [] } : { kind: 'unchanged' },
    )
  })

  it('but when it was replaced by one of the same size', async () => {
    const file = new FollowedFile(folder.at('a.json'), turns)
    await file.check(late)
    folder.replace('a.json', '[{"targets":["2:80"]}]')
    expect(await file.check(late)).toMatchObject({ kind: 'read', changed: [{}] })
  })
})
