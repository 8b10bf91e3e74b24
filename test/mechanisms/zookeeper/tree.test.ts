import { Registry } from 'prom-client'
import type { Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { zookeeperMetrics } from '../../../src/mechanisms/zookeeper/metrics.js'
import { Tree, type TreeNews } from '../../../src/mechanisms/zookeeper/tree.js'
import { ScriptedZnodes } from './scripted-znodes.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** A tree whose members are znodes with the word of their address. */
class Followed {
  readonly scheduler = new FakeClock()
  readonly registry = new Registry()
  readonly news: TreeNews[] = []
  readonly #tree: Tree
  znodes = new ScriptedZnodes()
  #subscription: Subscription | undefined

  constructor({ path = '/r', mostZnodes = 1000 } = {}) {
    this.#tree = new Tree(path, {
      read: (data) => (data.startsWith('@') ? { __address__: data.slice(1) } : undefined),
      scheduler: this.scheduler,
      random: () => 0.5,
      metrics: zookeeperMetrics(this.registry),
      mostZnodes,
      countRequest: () => undefined,
    })
    this.connect()
  }

  /** Goes over to a new session. */
  connect(): void {
    this.#subscription?.unsubscribe()
    this.znodes = new ScriptedZnodes()
    this.#subscription = this.#tree.follow(this.znodes).subscribe((one) => this.news.push(one))
  }

  end(): void {
    this.#subscription?.unsubscribe()
  }

  /** The news since it was asked last: `/r/a=1` for a target, `/r/a=` for none, and what state it is in. */
  said(): readonly string[] {
    return this.news
      .splice(0)
      .map(({ groups = [], state }) =>
        [
          ...groups.map(
            ({ source, targets: [target] }) => `${source}=${target?.['__address__'] ?? ''}`,
          ),
          ...(state === undefined
            ? []
            : [state.kind === 'failing' ? state.error.message : state.kind]),
        ].join(' '),
      )
  }

  async metric(name: string): Promise<number | undefined> {
    const all = await this.registry.getMetricsAsJSON()
    return all.find((one) => one.name === name)?.values[0]?.value
  }
}

/** A tree `/r` with the members `a` and `b`, all read. */
function followed(): Followed {
  const tree = new Followed()
  const { znodes } = tree
  znodes.giveData('/r', '')
  znodes.giveChildren('/r', 'a', 'b')
  znodes.giveData('/r/a', '@1', true)
  znodes.giveData('/r/b', '@2', true)
  expect(tree.said()).toEqual(['/r= /r/a=1 /r/b=2 complete'])
  return tree
}

describe('a tree that is read', () => {
  it('asks for children where there can be some, and says everything at once', () => {
    const tree = new Followed()
    const { znodes } = tree
    znodes.giveData('/r', '@0')
    znodes.giveChildren('/r', 'folder', 'leaf')
    znodes.giveData('/r/leaf', '@1', true)
    znodes.giveData('/r/folder', 'x')
    expect(tree.said()).toEqual([])
    znodes.giveChildren('/r/folder')
    expect(tree.said()).toEqual(['/r=0 /r/leaf=1 /r/folder= complete'])
    expect(znodes.asked).toEqual([
      'data /r',
      'children /r',
      'data /r/folder',
      'data /r/leaf',
      'children /r/folder',
    ])
  })

  it('has paths without a double slash where it is the whole ZooKeeper', () => {
    const tree = new Followed({ path: '/' })
    tree.znodes.giveData('/', '')
    tree.znodes.giveChildren('/', 'a')
    tree.znodes.giveData('/a', '@1', true)
    expect(tree.said()).toEqual(['/= /a=1 complete'])
  })

  it('has 900 reads under way at most', () => {
    const tree = new Followed()
    const names = Array.from({ length: 990 }, (_, i) => String(i))
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', ...names)
    expect(tree.znodes.open).toHaveLength(900)
    for (const name of names) {
      tree.znodes.giveData(`/r/${name}`, '', true)
      expect(tree.znodes.open.length).toBeLessThanOrEqual(900)
    }
    expect(tree.said()).toHaveLength(1)
  })

  it('reads a list that changes while it is read to its new end', () => {
    const tree = new Followed()
    const names = Array.from({ length: 1000 }, (_, i) => String(i))
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', ...names)
    tree.znodes.changes.next({ kind: 'children', path: '/r' })
    tree.znodes.giveData('/r/0', '', true)
    tree.znodes.giveChildren('/r', '1', '999', 'new')
    for (const name of names.slice(2, 900)) tree.znodes.giveData(`/r/${name}`, '@0', true)
    expect(tree.znodes.open).toEqual(['data /r/1', 'data /r/999', 'data /r/new'])
    for (const name of ['1', '999', 'new']) tree.znodes.giveData(`/r/${name}`, `@${name}`, true)
    expect(tree.said()).toEqual(['/r= /r/1=1 /r/999=999 /r/new=new complete'])
  })

  it('has no znode that is gone before it is read', () => {
    const tree = new Followed()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'a', 'b')
    tree.znodes.giveData('/r/a', '@1')
    tree.znodes.giveMissing('children /r/a')
    tree.znodes.giveMissing('data /r/b')
    expect(tree.said()).toEqual(['/r= complete'])
  })

  it('takes what changes while it is read', () => {
    const tree = new Followed()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'a', 'b')
    tree.znodes.giveData('/r/a', '@1', true)
    tree.znodes.changes.next({ kind: 'data', path: '/r/a' })
    tree.znodes.giveData('/r/a', '@3', true)
    tree.znodes.giveData('/r/b', '@2', true)
    expect(tree.said()).toEqual(['/r= /r/a=3 /r/b=2 complete'])
  })

  it('is an error with more znodes than there is memory for, and is tried again', () => {
    const tree = new Followed({ mostZnodes: 2 })
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'a', 'b')
    expect(tree.said()).toEqual([
      "/r has more znodes than there is memory for (2): name paths below it, or give more by Node's --max-old-space-size",
    ])
    // What was asked before that is of no interest.
    tree.znodes.giveData('/r/a', '@1', true)
    expect(tree.said()).toEqual([])
    expect(tree.znodes.open).toEqual([])
    tree.scheduler.advanceToNext()
    expect(tree.znodes.open).toEqual(['data /r'])
  })

  it.each<[string, (znodes: ScriptedZnodes) => void]>([
    ['data', (znodes) => znodes.giveData('/r', 'x'.repeat(20_000))],
    [
      'names',
      (znodes) => {
        znodes.giveData('/r', '')
        znodes.giveChildren('/r', 'x'.repeat(20_000))
      },
    ],
  ])('is an error with more %s than there is memory for', (_, give) => {
    const tree = new Followed({ mostZnodes: 10 })
    give(tree.znodes)
    expect(tree.said()).toEqual([expect.stringContaining('than there is memory for (10)')])
  })

  it('has room again where large data has become small', () => {
    const tree = new Followed({ mostZnodes: 10 })
    tree.znodes.giveData('/r', 'x'.repeat(9000))
    tree.znodes.giveChildren('/r')
    for (let i = 0; i < 10; i += 1) {
      tree.znodes.changes.next({ kind: 'data', path: '/r' })
      tree.znodes.giveData('/r', 'x'.repeat(9000))
    }
    expect(tree.said()).toEqual(['/r= complete'])
  })
})

describe('a tree that is followed', () => {
  it('is read once for changes that come while that read waits for its turn', () => {
    const tree = followed()
    const { znodes } = tree
    for (let i = 0; i < 10_000; i += 1) znodes.changes.next({ kind: 'data', path: '/r/a' })
    // As many as may be under way.
    const before = znodes.asked.length
    for (let i = 0; i < 900; i += 1) znodes.giveData('/r/a', '@3', true)
    znodes.giveData('/r/a', '@4', true)
    expect(znodes.open).toEqual([])
    expect(znodes.asked.length).toBe(before + 1)
    expect(tree.said().at(-1)).toBe('/r/a=4')
  })

  it.each<[title: string, change: (znodes: ScriptedZnodes) => void, says: readonly string[]]>([
    [
      'says new data',
      (znodes) => {
        znodes.changes.next({ kind: 'data', path: '/r/a' })
        znodes.giveData('/r/a', '@3', true)
      },
      ['/r/a=3'],
    ],
    [
      'says that a member is none any more, once',
      (znodes) => {
        for (const data of ['', 'x']) {
          znodes.changes.next({ kind: 'data', path: '/r/a' })
          znodes.giveData('/r/a', data, true)
        }
      },
      ['/r/a='],
    ],
    [
      'reads what is new in a list, and nothing else',
      (znodes) => {
        znodes.changes.next({ kind: 'children', path: '/r' })
        znodes.giveChildren('/r', 'b', 'c', 'a')
        expect(znodes.open).toEqual(['data /r/c'])
        znodes.giveData('/r/c', '@4')
        znodes.giveChildren('/r/c', 'd')
        znodes.giveData('/r/c/d', '@5', true)
      },
      ['/r/c=4', '/r/c/d=5'],
    ],
    [
      'drops what is not in a list any more',
      (znodes) => {
        znodes.changes.next({ kind: 'children', path: '/r' })
        znodes.giveChildren('/r', 'b')
      },
      ['/r/a='],
    ],
    [
      'drops what is deleted before the list says so, and only once',
      (znodes) => {
        znodes.changes.next({ kind: 'deleted', path: '/r/a' })
        znodes.changes.next({ kind: 'children', path: '/r' })
        znodes.giveChildren('/r', 'b')
      },
      ['/r/a='],
    ],
    [
      'has a member that was deleted and created again before it was listed',
      (znodes) => {
        znodes.changes.next({ kind: 'children', path: '/r' })
        znodes.changes.next({ kind: 'deleted', path: '/r/a' })
        znodes.giveChildren('/r', 'a', 'b')
        znodes.giveData('/r/a', '@7', true)
      },
      ['/r/a=', '/r/a=7'],
    ],
    [
      'takes no late answer for a member that was deleted and created again',
      (znodes) => {
        znodes.changes.next({ kind: 'data', path: '/r/a' })
        znodes.changes.next({ kind: 'deleted', path: '/r/a' })
        znodes.changes.next({ kind: 'children', path: '/r' })
        znodes.giveChildren('/r', 'a', 'b')
        znodes.giveData('/r/a', '@old', true)
        znodes.giveData('/r/a', '@new', true)
      },
      ['/r/a=', '/r/a=new'],
    ],
    [
      'asks for the children of a member that came again as one that may have some',
      (znodes) => {
        znodes.changes.next({ kind: 'data', path: '/r/a' })
        znodes.giveData('/r/a', '@1', false)
        znodes.giveChildren('/r/a', 'below')
        znodes.giveData('/r/a/below', '@9', true)
      },
      ['/r/a=1', '/r/a/below=9'],
    ],
    [
      'does not mind watches of others that read over the same session',
      (znodes) => {
        for (const kind of ['created', 'deleted', 'data', 'children'] as const) {
          znodes.changes.next({ kind, path: '/other' })
        }
        znodes.changes.next({ kind: 'created', path: '/r' })
        expect(znodes.open).toEqual([])
      },
      [],
    ],
  ])('%s', (_, change, says) => {
    const tree = followed()
    change(tree.znodes)
    expect(tree.said()).toEqual(says)
    expect(tree.znodes.open).toEqual([])
  })

  it('drops all that is below a znode that is deleted', () => {
    const tree = followed()
    const { znodes } = tree
    znodes.changes.next({ kind: 'children', path: '/r' })
    znodes.giveChildren('/r', 'a', 'b', 'c')
    znodes.giveData('/r/c', '@3')
    znodes.giveChildren('/r/c', 'd')
    znodes.giveData('/r/c/d', '@4', true)
    tree.said()
    znodes.changes.next({ kind: 'deleted', path: '/r/c' })
    expect(tree.said()).toEqual(['/r/c= /r/c/d='])
  })
})

describe('a tree that is not there', () => {
  it('is an error, and is read as soon as it is', () => {
    const tree = new Followed()
    tree.znodes.giveMissing('data /r')
    tree.znodes.giveExists('/r', false)
    expect(tree.said()).toEqual(['path /r does not exist'])
    tree.znodes.changes.next({ kind: 'created', path: '/r' })
    tree.znodes.giveData('/r', '@1')
    tree.znodes.giveChildren('/r')
    expect(tree.said()).toEqual(['/r=1 complete'])
    expect(tree.scheduler.pending).toBe(0)
  })

  it('is read at once where it comes between two questions', () => {
    const tree = new Followed()
    tree.znodes.giveMissing('data /r')
    tree.znodes.giveExists('/r', true)
    expect(tree.said()).toEqual([])
    expect(tree.znodes.open).toEqual(['data /r'])
  })

  it('says what is wrong with a path that ends in a slash', () => {
    const tree = new Followed({ path: '/r/' })
    tree.znodes.giveMissing('data /r/')
    tree.znodes.giveExists('/r/', false)
    expect(tree.said()).toEqual(['path /r/ does not exist; write it without the slash at its end'])
  })

  it('has no targets where it was deleted while it was watched', () => {
    const tree = followed()
    tree.znodes.changes.next({ kind: 'deleted', path: '/r/a' })
    tree.znodes.changes.next({ kind: 'deleted', path: '/r/b' })
    tree.znodes.changes.next({ kind: 'deleted', path: '/r' })
    tree.znodes.giveExists('/r', false)
    expect(tree.said()).toEqual(['/r/a=', '/r/b=', 'path /r does not exist'])
  })

  it('keeps its targets where it is missing after a lost connection, and has the right ones when it is back', () => {
    const tree = followed()
    tree.connect()
    tree.znodes.giveMissing('data /r')
    tree.znodes.giveExists('/r', false)
    expect(tree.said()).toEqual(['path /r does not exist'])
    tree.scheduler.advanceToNext()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'b')
    tree.znodes.giveData('/r/b', '@2', true)
    expect(tree.said()).toEqual(['/r= /r/b=2 /r/a= complete'])
  })
})

describe('a tree over the next session', () => {
  it('keeps what it had until all is read, and then drops what is gone', () => {
    const tree = followed()
    tree.connect()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'b', 'c')
    tree.znodes.giveData('/r/c', '@3', true)
    expect(tree.said()).toEqual([])
    tree.znodes.giveData('/r/b', '@9', true)
    expect(tree.said()).toEqual(['/r= /r/c=3 /r/b=9 /r/a= complete'])
  })

  it('has no gap in a member that came again while all was read', () => {
    const tree = followed()
    tree.connect()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'b')
    tree.znodes.changes.next({ kind: 'children', path: '/r' })
    tree.znodes.giveChildren('/r', 'a', 'b')
    tree.znodes.giveData('/r/b', '@2', true)
    expect(tree.said()).toEqual([])
    tree.znodes.giveData('/r/a', '@1', true)
    expect(tree.said()).toEqual(['/r= /r/b=2 /r/a=1 complete'])
  })

  it('keeps what it had where that session is lost, too', () => {
    const tree = followed()
    tree.connect()
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r')
    expect(tree.said()).toEqual(['/r= /r/a= /r/b= complete'])
    tree.connect()
    tree.znodes.giveData('/r', '')
    tree.connect()
    expect(tree.said()).toEqual([])
  })

  it('hears nothing of the one before', async () => {
    const tree = followed()
    const before = tree.znodes
    tree.connect()
    expect(before.changes.observed).toBe(false)
    tree.end()
    expect(tree.znodes.changes.observed).toBe(false)
    expect(await tree.metric('prometheus_treecache_watcher_goroutines')).toBe(0)
  })
})

describe('a znode that cannot be read', () => {
  it('keeps its target and those below it, is an error, and is tried again with growing waits', async () => {
    const tree = followed()
    tree.znodes.changes.next({ kind: 'children', path: '/r' })
    tree.znodes.giveChildren('/r', 'a', 'b', 'c')
    tree.znodes.giveData('/r/c', '')
    tree.znodes.giveChildren('/r/c', 'd')
    tree.znodes.giveData('/r/c/d', '@4', true)
    tree.said()
    tree.connect()
    const waits: number[] = []
    for (let i = 0; i < 7; i += 1) {
      tree.znodes.giveData('/r', '')
      tree.znodes.giveChildren('/r', 'b', 'c')
      tree.znodes.giveData('/r/b', '@2', true)
      tree.znodes.giveFailure('data /r/c', 'not allowed')
      expect(tree.said()).toEqual([i === 0 ? '/r= /r/b=2 /r/a=' : '/r= /r/b=2', 'not allowed'])
      const before = tree.scheduler.now()
      tree.scheduler.advanceToNext()
      waits.push(tree.scheduler.now() - before)
    }
    expect(waits).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
    tree.znodes.giveData('/r', '')
    tree.znodes.giveChildren('/r', 'b', 'c')
    tree.znodes.giveData('/r/b', '@2', true)
    tree.znodes.giveData('/r/c', '')
    tree.znodes.giveChildren('/r/c')
    expect(tree.said()).toEqual(['/r= /r/b=2 /r/c= /r/c/d= complete'])
    expect(tree.scheduler.pending).toBe(0)
    expect(await tree.metric('prometheus_treecache_zookeeper_failures_total')).toBe(7)
    expect(await tree.metric('prometheus_treecache_watcher_goroutines')).toBe(3)
  })

  it.each([
    ['its data', 'data /r/a', { kind: 'data', path: '/r/a' }],
    ['its children', 'children /r', { kind: 'children', path: '/r' }],
  ] as const)('is an error where %s cannot be read after a change', (_, what, change) => {
    const tree = followed()
    tree.znodes.changes.next(change)
    tree.znodes.giveFailure(what, 'not allowed')
    expect(tree.said()).toEqual(['not allowed'])
    tree.end()
    expect(tree.scheduler.pending).toBe(0)
  })

  it('leaves no timer where its news end the search', () => {
    const tree = followed()
    tree.znodes.changes.next({ kind: 'deleted', path: '/r' })
    tree.end()
    tree.znodes.giveExists('/r', false)
    expect(tree.scheduler.pending).toBe(0)
    expect(tree.said()).toEqual(['/r/b= /r/a='])
  })
})
