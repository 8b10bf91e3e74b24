import type { Labels } from '../../../src/labels/index.js'
import type { Element, FaultCase, Reached, RunCases, Stage } from '../suite/cases.js'
import { FakeZookeeper, type Manner } from './fake-zookeeper.js'

/** What is in one znode, and the target that it makes, if any. */
export interface Member {
  readonly path: string
  readonly data: string
  readonly isEphemeral?: true
  readonly target?: Labels
}

/** What goes wrong with the server: how it behaves from then on. */
const manners: Readonly<Record<string, FaultCase & { readonly manner: Manner }>> =
  Object.fromEntries(
    (
      [
        [
          'closing',
          'closes every connection',
          'zk: closed the connection before there was a session',
        ],
        ['silent', 'takes connections and says nothing', 'zk: no session after 600000 ms'],
        ['mute', 'opens sessions and answers nothing', 'zk: answered nothing for 200000 ms'],
        ['expired', 'opens no session', 'zk: opens no session'],
        [
          'http',
          'is a web server',
          'zk: sent a message of 1213486160 bytes, and at most 1024 are read',
        ],
        [
          'garbage',
          'sends garbage',
          'zk: sent a message of -1 bytes, and at most 67108864 are read',
        ],
        ['short', 'ends in the middle of an answer', 'zk: a message ends in the middle of a field'],
        ['confused', 'answers something else', 'zk: answered what it was not asked'],
      ] as const
    ).map(([manner, title, says]) => [title, { manner, title, says }]),
  )

/** The cases of a run in which ZooKeeper has these znodes, below `/services` and `/more`. */
export function zookeeperRun(members: readonly Member[]): RunCases {
  const first = members.find(({ target }) => target !== undefined)
  const others = (all: readonly Labels[]): readonly Labels[] =>
    all.filter(({ __address__ }) => __address__ !== first?.target?.['__address__'])
  return {
    title: '',
    pace: 'watches',
    open: () => ZookeeperStage.open(members),
    faults: [
      ...Object.values(manners),
      { title: 'has lost its path', says: 'path /services does not exist' },
      {
        title: 'lets nobody read a member',
        says: `zk: ${String(first?.path)} cannot be read (NoAuth: anyone has to be allowed to read it)`,
      },
    ],
    changes: [
      { title: 'has a member less', targets: others },
      { title: 'has a member that is not JSON', targets: others },
      { title: 'has a member without data', targets: others },
      { title: 'has a member of another shape', targets: others },
      { title: 'has a folder less', targets: (all) => all.filter((one) => !isNested(one)) },
    ],
    pauses: ['before it connects', 'before it has a session', 'while it reads'],
    oracle: {},
  }
}

function isNested(target: Labels): boolean {
  return Object.values(target).some((value) => value.startsWith('/services/folder/'))
}

/** A fake ZooKeeper. */
class ZookeeperStage implements Stage {
  readonly secrets = []
  readonly #fake: FakeZookeeper
  readonly #members: readonly Member[]

  private constructor(fake: FakeZookeeper, members: readonly Member[]) {
    this.#fake = fake
    this.#members = members
    this.#fill()
  }

  static async open(members: readonly Member[]): Promise<ZookeeperStage> {
    return new ZookeeperStage(await FakeZookeeper.listen(), members)
  }

  get config(): Element {
    return { servers: [this.#fake.address], paths: ['/services', '/more'], timeout: '10m' }
  }

  get targets(): readonly Labels[] {
    return this.#members.flatMap(({ target }) => (target === undefined ? [] : [target]))
  }

  get asked(): readonly string[] {
    return this.#fake.asked.toSorted()
  }

  /** Each znode is read once, and asked for children unless it cannot have any. */
  get expected(): readonly string[] {
    return this.#members
      .flatMap(({ path, isEphemeral }) => [
        `data ${path}`,
        ...(isEphemeral ? [] : [`children ${path}`]),
      ])
      .toSorted()
  }

  get connections(): number {
    return this.#fake.connections
  }

  named(text: string): string {
    return text.replaceAll(this.#fake.address, 'zk')
  }

  begin(title: string): Promise<void> {
    const fake = this.#fake
    const path = this.#members.find(({ target }) => target !== undefined)?.path ?? ''
    const manner = manners[title]?.manner
    if (manner !== undefined) fake.manner = manner
    else if (title === 'has lost its path') fake.silently(() => fake.delete('/services'))
    else if (title === 'lets nobody read a member')
      fake.silently(() => fake.set(path, '', { mayRead: false }))
    else if (title === 'has a member less') fake.delete(path)
    else if (title === 'has a member that is not JSON') fake.set(path, '{"a"')
    else if (title === 'has a member without data') fake.set(path, '')
    else if (title === 'has a member of another shape') fake.set(path, '[]')
    else fake.delete('/services/folder')
    if (!title.startsWith('has a ')) fake.drop()
    return Promise.resolve()
  }

  mend(): Promise<void> {
    this.#fake.manner = 'well'
    this.#fill()
    return Promise.resolve()
  }

  pause(point: string): Promise<Reached> {
    if (point === 'before it connects') return Promise.resolve({ reached: Promise.resolve() })
    this.#fake.manner = point === 'while it reads' ? 'mute' : 'silent'
    const reached = new Promise<void>((resolve) => {
      this.#fake.onAsked = (what) => {
        if ((what === 'session') === (point === 'before it has a session')) resolve()
      }
    })
    return Promise.resolve({ reached })
  }

  close(): Promise<void> {
    return this.#fake.close()
  }

  #fill(): void {
    for (const { path, data, isEphemeral = false } of this.#members) {
      this.#fake.set(path, data, { isEphemeral, mayRead: true })
    }
  }
}
