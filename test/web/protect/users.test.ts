import { describe, expect, it } from 'vitest'
import { BusyError, bcryptComparer } from '../../../src/web/protect/bcrypt.js'
import { parseBasic } from '../../../src/web/protect/middleware.js'
import { UserCheck } from '../../../src/web/protect/users.js'
import { until } from '../../http/harness.js'
import { Secret } from '../../../src/yaml/index.js'

const fake = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'

const of = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('parseBasic', () => {
  it.each([
    [of('a:b'), ['a', 'b']],
    [of('a:b:c'), ['a', 'b:c']],
    [of(':'), ['', '']],
    [of('é:ü').replace('Basic', 'bAsIc'), ['é', 'ü']],
    [of('a'), undefined],
    ['Basic !', undefined],
    ['Bearer x', undefined],
    [undefined, undefined],
  ])('reads %j', (header, want) => {
    expect(parseBasic(header)).toEqual(want)
  })
})

function scripted(): { readonly check: UserCheck; readonly asked: string[] } {
  const asked: string[] = []
  const check = new UserCheck((password, hash) => {
    asked.push(`${password}/${hash.split(' ')[0] ?? ''}`)
    return Promise.resolve(hash.startsWith(`${password} `))
  })
  return { check, asked }
}

describe('UserCheck', () => {
  const users = { alice: new Secret(`right ${fake}`), bob: new Secret(`right2 ${fake}`) }

  it('remembers right and wrong passwords, and asks once for several at the same time', async () => {
    const { check, asked } = scripted()
    const three = [1, 2, 3].map(() => check.allows(users, 'alice', 'right', 'here'))
    expect(await Promise.all(three)).toEqual([true, true, true])
    expect(await check.allows(users, 'alice', 'wrong', 'here')).toBe(false)
    expect(await check.allows(users, 'alice', 'wrong', 'here')).toBe(false)
    expect(asked).toEqual(['right/right', 'wrong/right'])
  })

  it('does the same work for a name that is not there, and never lets it in', async () => {
    const { check, asked } = scripted()
    expect(await check.allows(users, 'eve', 'right', 'here')).toBe(false)
    expect(await check.allows(users, 'constructor', 'right', 'here')).toBe(false)
    expect(asked).toHaveLength(2)
  })

  it('asks again when the hash has changed', async () => {
    const { check } = scripted()
    expect(await check.allows(users, 'alice', 'right', 'here')).toBe(true)
    const changed = { alice: new Secret('other') }
    expect(await check.allows(changed, 'alice', 'right', 'here')).toBe(false)
  })

  it('forgets the oldest of a hundred, and no user for a thousand guesses', async () => {
    const { check, asked } = scripted()
    await check.allows(users, 'alice', 'right', 'here')
    for (let i = 0; i < 1000; i += 1) await check.allows(users, 'alice', String(i), 'here')
    expect(asked).toHaveLength(1001)
    await check.allows(users, 'alice', 'right', 'here')
    await check.allows(users, 'alice', '999', 'here')
    expect(asked).toHaveLength(1001)
    await check.allows(users, 'alice', '0', 'here')
    expect(asked).toHaveLength(1002)
  })

  it('knows who was found right, as long as the hash is the same', async () => {
    const { check } = scripted()
    expect(check.knows(users, 'alice', 'right')).toBe(false)
    await check.allows(users, 'alice', 'right', 'here')
    await check.allows(users, 'alice', 'wrong', 'here')
    expect(check.knows(users, 'alice', 'right')).toBe(true)
    expect(check.knows(users, 'alice', 'wrong')).toBe(false)
    expect(check.knows({ alice: new Secret('other') }, 'alice', 'right')).toBe(false)
    expect(check.knows({}, 'alice', 'right')).toBe(false)
  })

  it('asks again after a comparison that failed', async () => {
    let count = 0
    const check = new UserCheck(() => {
      count += 1
      return count === 1 ? Promise.reject(new BusyError('busy')) : Promise.resolve(true)
    })
    await expect(check.allows(users, 'alice', 'x', 'here')).rejects.toThrow('busy')
    expect(await check.allows(users, 'alice', 'x', 'here')).toBe(true)
  })
})

describe('bcryptComparer', () => {
  it('compares in a thread of its own while everything else goes on', async () => {
    const compare = bcryptComparer()
    let turns = 0
    const turn = setInterval(() => {
      turns += 1
    }, 1)
    const answers = await Promise.all([
      compare('fakepassword', fake, 'a'),
      compare('other', fake, 'a'),
      compare('fakepassword', fake.replace('$2y$', '$2b$'), 'a'),
    ])
    clearInterval(turn)
    expect(answers).toEqual([true, false, true])
    expect(turns).toBeGreaterThan(10)
  })

  it('lets a hundred wait, and no more; the thread ends with the last', async () => {
    const compare = bcryptComparer()
    const cheap = fake.replace('$10$', '$04$')
    const many = Array.from({ length: 100 }, () => compare('x', cheap, 'a'))
    await expect(compare('x', cheap, 'a')).rejects.toMatchObject({ code: 'ERR_WEB_AUTH_BUSY' })
    expect(new Set(await Promise.all(many))).toEqual(new Set([false]))
    await until(() => !process.getActiveResourcesInfo().includes('MessagePort'))
    expect(await compare('fakepassword', fake, 'a')).toBe(true)
  })

  it('lets those who ask take turns, and refuses the one who asks for most', async () => {
    const compare = bcryptComparer()
    const cheap = fake.replace('$10$', '$04$')
    const order: string[] = []
    const ask = async (from: string): Promise<void> => {
      try {
        await compare('x', cheap, from)
        order.push(from)
      } catch {
        order.push(`${from} refused`)
      }
    }
    const all = [...Array.from({ length: 100 }, () => ask('guesser')), ask('user'), ask('user')]
    await Promise.all(all)
    expect(order.slice(0, 6)).toEqual([
      'guesser refused',
      'guesser refused',
      'guesser',
      'guesser',
      'user',
      'guesser',
    ])
    expect(order.filter((name) => name === 'user')).toHaveLength(2)
  })
})
