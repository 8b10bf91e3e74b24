import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { timerMs } from '../../run/index.js'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { ZookeeperError } from './errors.js'
import type { ReadMember } from './member.js'
import type { ZookeeperMetrics } from './metrics.js'
import type { Answer, Change, Znode, Znodes } from './znodes.js'

/**
 * How many reads of a tree wait for their answers at a time. A ZooKeeper takes 1,000 at once from all its clients
 * (`globalOutstandingLimit`) before it lets them wait.
 */
const width = 900
/** What watches do not tell, such as new permissions, is noticed within this. */
const backOff: BackOff = { firstMs: 1000, maxMs: 30_000 }

/** What a tree is made of, beside its path. */
export interface TreeOptions {
  readonly read: ReadMember
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly metrics: ZookeeperMetrics
  /** How many znodes it may have. */
  readonly mostZnodes: number
  /** A read is sent. */
  readonly countRequest: () => void
}

/** How a tree is: all of it is read and watched, or something of it cannot be. */
export type TreeState =
  | { readonly kind: 'complete' }
  | { readonly kind: 'failing'; readonly error: ZookeeperError; readonly nextTry: number }

/** News of a tree. */
export interface TreeNews {
  readonly groups?: readonly TargetGroup[]
  readonly state?: TreeState
}

/**
 * The znodes at and below a path: each with data is a target group, named by its path. Over one session
 * after the other; what is found over the first stays until the next has read the whole tree.
 */
export class Tree {
  readonly #path: string
  readonly #options: TreeOptions
  /** The paths whose groups have targets, as it was said. */
  readonly #shown = new Set<string>()

  constructor(path: string, options: TreeOptions) {
    this.#path = path
    this.#options = options
  }

  /** Reads it and follows its changes, until it is unsubscribed from. Never errors, never completes. */
  follow(znodes: Znodes): Observable<TreeNews> {
    return new Observable((subscriber) => {
      const walk = new Walk(this.#path, znodes, this.#options, this.#shown, subscriber)
      walk.start()
      return () => walk.end()
    })
  }
}

/** A znode of the tree. */
interface Node {
  readonly path: string
  /** The names of its children, as it was told last. */
  children: ReadonlySet<string>
  /** Its children were asked for, which watches them. */
  isListed: boolean
  /** Its parts that wait to be read: what changes meanwhile is in that read. */
  readonly queued: Set<Read['part']>
  /** What it takes beside what every znode does, in znodes: see `extraOf`. */
  extra: number
}

/** The whole tree is being read: its old groups stay as they are until that is done. */
interface Reading {
  readonly kind: 'reading'
  readonly groups: Map<string, TargetGroup>
  /** How many reads of it have no answer yet. */
  pending: number
}

/** A read that waits for its turn, or for its answer. */
interface Read {
  readonly node: Node
  readonly part: 'data' | 'children'
  /** None for a read that follows a change. */
  readonly reading: Reading | undefined
}

/** Children of a znode, of which those that are new are read one after the other. */
interface Listing {
  readonly node: Node
  readonly children: ReadonlySet<string>
  readonly left: Iterator<string>
  readonly reading: Reading | undefined
}

type Phase =
  | Reading
  /** All was read: what changes is said at once. */
  | { readonly kind: 'following' }
  /** There is no tree, or too much of it. */
  | { readonly kind: 'stopped' }

/** A tree over one session. */
class Walk {
  readonly #root: string
  readonly #znodes: Znodes
  readonly #options: TreeOptions
  readonly #shown: Set<string>
  readonly #news: Subscriber<TreeNews>
  readonly #nodes = new Map<string, Node>()
  /** Why znodes cannot be read, by their paths. */
  readonly #errors = new Map<string, ZookeeperError>()
  #queue: Read[] = []
  #queueAt = 0
  /** What follows when the queue is empty. A list may be long: its znodes are made as they are read. */
  #listings: Listing[] = []
  #inFlight = 0
  /** What all nodes take beside what every znode does. */
  #extra = 0
  #isSending = false
  #phase: Phase = { kind: 'stopped' }
  #failures = 0
  #retry: Subscription | undefined
  #changes: Subscription | undefined

  constructor(
    root: string,
    znodes: Znodes,
    options: TreeOptions,
    shown: Set<string>,
    news: Subscriber<TreeNews>,
  ) {
    this.#root = root
    this.#znodes = znodes
    this.#options = options
    this.#shown = shown
    this.#news = news
  }

  start(): void {
    this.#changes = this.#znodes.changes.subscribe((change) => this.#notice(change))
    this.#begin()
  }

  end(): void {
    this.#changes?.unsubscribe()
    this.#stop()
  }

  /** Reads the whole tree. */
  #begin(): void {
    this.#stop()
    if (this.#news.closed) return
    const reading: Reading = { kind: 'reading', groups: new Map(), pending: 0 }
    this.#phase = reading
    this.#want(this.#add(this.#root), 'data', reading)
    this.#send()
  }

  /** Forgets all znodes, and with them what is still asked about them. */
  #stop(): void {
    this.#phase = { kind: 'stopped' }
    this.#retry?.unsubscribe()
    this.#retry = undefined
    this.#options.metrics.watchers.dec(this.#nodes.size)
    this.#nodes.clear()
    this.#extra = 0
    this.#errors.clear()
    this.#queue = []
    this.#queueAt = 0
    this.#listings = []
  }

  #notice({ kind, path }: Change): void {
    if (kind === 'created') {
      if (path === this.#root && this.#phase.kind === 'stopped') this.#begin()
      return
    }
    const node = this.#nodes.get(path)
    if (node === undefined) return
    if (kind === 'deleted') this.#lose(node)
    else this.#want(node, kind, undefined)
    this.#send()
  }

  #add(path: string): Node {
    const node: Node = { path, children: none, isListed: false, queued: new Set(), extra: 0 }
    this.#nodes.set(path, node)
    this.#options.metrics.watchers.inc()
    return node
  }

  #want(node: Node, part: Read['part'], reading: Reading | undefined): void {
    if (reading !== undefined) reading.pending += 1
    else if (node.queued.has(part)) return
    node.queued.add(part)
    this.#queue.push({ node, part, reading })
  }

  /** Sends as many reads as may be under way. */
  #send(): void {
    if (this.#isSending) return
    this.#isSending = true
    while (this.#inFlight < width) {
      const read = this.#nextQueued() ?? this.#nextListed()
      if (read === undefined) break
      if (this.#isKnown(read.node)) this.#ask(read)
      else this.#finish(read.reading)
    }
    this.#isSending = false
  }

  #nextQueued(): Read | undefined {
    const read = this.#queue[this.#queueAt]
    this.#queueAt += 1
    if (read !== undefined) {
      read.node.queued.delete(read.part)
      return read
    }
    this.#queue = []
    this.#queueAt = 0
    return undefined
  }

  #nextListed(): Read | undefined {
    for (let [listing] = this.#listings; listing !== undefined; [listing] = this.#listings) {
      const read = this.#nextOf(listing)
      // The tree may have been given up meanwhile.
      if (read !== undefined || this.#listings[0] !== listing) return read
      this.#listings.shift()
      this.#finish(listing.reading)
    }
    return undefined
  }

  /** The read of the next znode of a list that is new; undefined where there is none, or the list is old. */
  #nextOf({ node, children, left, reading }: Listing): Read | undefined {
    if (!this.#isKnown(node) || node.children !== children) return undefined
    for (let name = left.next(); name.done !== true; name = left.next()) {
      const path = pathOf(node, name.value)
      if (this.#nodes.has(path)) continue
      if (this.#isTooMuch(1)) return undefined
      const child = this.#add(path)
      if (this.#weigh(child, 0)) return undefined
      if (reading !== undefined) reading.pending += 1
      return { node: child, part: 'data', reading }
    }
    return undefined
  }

  #ask(read: Read): void {
    const { path } = read.node
    this.#inFlight += 1
    this.#options.countRequest()
    if (read.part === 'data') {
      this.#znodes.data(path).subscribe((answer) => {
        this.#inFlight -= 1
        if (this.#isKnown(read.node)) this.#takeData(read, answer)
        this.#finish(read.reading)
        this.#send()
      })
    } else {
      this.#znodes.children(path).subscribe((answer) => {
        this.#inFlight -= 1
        if (this.#isKnown(read.node)) this.#takeChildren(read, answer)
        this.#finish(read.reading)
        this.#send()
      })
    }
  }

  /** It is the znode of its path: what was deleted and created again is another. */
  #isKnown(node: Node): boolean {
    return this.#nodes.get(node.path) === node
  }

  /** Whether there is no memory for the tree and some more; it is given up then. */
  #isTooMuch(more: number): boolean {
    const { mostZnodes } = this.#options
    if (this.#nodes.size + this.#extra + more <= mostZnodes) return false
    this.#stop()
    this.#fail(tooMany(this.#root, mostZnodes))
    return true
  }

  /** Says what the texts of a node take. @returns whether that is too much */
  #weigh(node: Node, bytes: number): boolean {
    const extra = extraOf(node.path.length + bytes)
    this.#extra += extra - node.extra
    node.extra = extra
    return this.#isTooMuch(0)
  }

  #takeData({ node, reading }: Read, answer: Answer<Znode>): void {
    if (answer.kind === 'missing') {
      this.#lose(node)
      return
    }
    if (answer.kind === 'failed') {
      this.#errors.set(node.path, answer.error)
      return
    }
    this.#errors.delete(node.path)
    if (this.#weigh(node, answer.value.data.length)) return
    this.#show(this.#groupOf(node.path, answer.value.data))
    // Deleted and created again between two reads, it may have become one that has children.
    if (answer.value.isEphemeral || node.isListed) return
    node.isListed = true
    this.#want(node, 'children', reading)
  }

  #takeChildren({ node }: Read, answer: Answer<readonly string[]>): void {
    if (answer.kind === 'missing') {
      this.#lose(node)
      return
    }
    if (answer.kind === 'failed') {
      node.isListed = false
      this.#errors.set(node.path, answer.error)
      return
    }
    const before = node.children
    const longest = answer.value.reduce((most, name) => Math.max(most, name.length), 0)
    // Each of them makes a path of that length.
    if (this.#isTooMuch(extraOf(node.path.length + longest) * answer.value.length)) return
    const children = new Set(answer.value)
    node.children = children
    const lost: Node[] = []
    for (const name of before) {
      const child = children.has(name) ? undefined : this.#nodes.get(pathOf(node, name))
      if (child !== undefined) lost.push(child)
    }
    this.#drop(lost)
    // A list that takes the place of one while the tree is read is a part of that.
    const reading = this.#phase.kind === 'reading' ? this.#phase : undefined
    if (reading !== undefined) reading.pending += 1
    this.#listings.push({ node, children, left: children.values(), reading })
  }

  #groupOf(source: string, data: Buffer): TargetGroup {
    const target = data.length === 0 ? undefined : this.#options.read(data.toString(), source)
    return { source, labels: {}, targets: target === undefined ? [] : [target] }
  }

  #show(group: TargetGroup): void {
    const { source, targets } = group
    if (this.#phase.kind === 'reading') {
      this.#phase.groups.set(source, group)
      return
    }
    const wasShown = this.#shown.delete(source)
    if (targets.length > 0) this.#shown.add(source)
    if (targets.length > 0 || wasShown) this.#news.next({ groups: [group] })
  }

  /** A znode is not there any more. */
  #lose(node: Node): void {
    // While the tree is read after a lost connection, a missing root is more likely a mistake than the end
    // of all targets: those of before stay then, as in Prometheus.
    if (this.#phase.kind === 'following' || node.path !== this.#root) this.#drop([node])
    if (node.path === this.#root) this.#waitForRoot()
  }

  /** Takes znodes out, with all that is below them. */
  #drop(nodes: readonly Node[]): void {
    const groups: TargetGroup[] = []
    const left = [...nodes]
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      const { path } = node
      this.#nodes.delete(path)
      this.#extra -= node.extra
      this.#errors.delete(path)
      this.#options.metrics.watchers.dec()
      if (this.#phase.kind === 'reading') this.#phase.groups.delete(path)
      else if (this.#shown.delete(path)) groups.push(emptyGroup(path))
      for (const name of node.children) {
        const child = this.#nodes.get(pathOf(node, name))
        if (child !== undefined) left.push(child)
      }
    }
    if (groups.length > 0) this.#news.next({ groups })
  }

  #waitForRoot(): void {
    this.#stop()
    const phase = this.#phase
    this.#options.countRequest()
    this.#znodes.exists(this.#root).subscribe((answer) => {
      if (this.#phase !== phase) return
      // It came between the two reads.
      if (answer.kind === 'found') this.#begin()
      else if (answer.kind === 'failed') this.#fail(answer.error)
      else this.#fail(new ZookeeperError(`path ${this.#root} does not exist${hint(this.#root)}`))
    })
  }

  /** A read has its answer or needs none any more, or a list is done. */
  #finish(reading: Reading | undefined): void {
    if (reading !== undefined) reading.pending -= 1
    if (this.#phase.kind === 'following') this.#judge()
    else if (reading?.pending === 0 && this.#phase === reading) this.#complete(reading)
  }

  /** The whole tree was read: what it has, and what it has no more. */
  #complete({ groups: found }: Reading): void {
    const groups = [...found.values()]
    for (const path of this.#shown) {
      // One that is there again, or still is and cannot be read: its own read says what becomes of it.
      if (found.has(path) || this.#nodes.has(path) || this.#isHidden(path)) continue
      groups.push(emptyGroup(path))
    }
    for (const { source, targets } of groups) {
      if (targets.length > 0) this.#shown.add(source)
      else this.#shown.delete(source)
    }
    this.#phase = { kind: 'following' }
    if (this.#errors.size === 0) {
      this.#failures = 0
      this.#news.next({ groups, state: { kind: 'complete' } })
    } else {
      this.#news.next({ groups })
      this.#judge()
    }
  }

  /** Whether the path is below one that cannot be read. */
  #isHidden(path: string): boolean {
    if (this.#errors.size === 0) return false
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#errors.has(path.slice(0, end))) return true
    }
    return this.#errors.has('/')
  }

  /** Something of the tree that was read cannot be read any more. */
  #judge(): void {
    const [error] = this.#errors.values()
    if (error !== undefined && this.#retry === undefined) this.#fail(error)
  }

  /** Says what is wrong, and reads the whole tree again later. */
  #fail(error: ZookeeperError): void {
    if (this.#news.closed) return
    const { scheduler, random, metrics } = this.#options
    metrics.failures.inc()
    this.#failures += 1
    const wait = backOffDelay(this.#failures, error, random, backOff)
    this.#retry = scheduler.schedule(() => this.#begin(), timerMs(wait))
    const nextTry = scheduler.now() + wait
    this.#news.next({ state: { kind: 'failing', error, nextTry } })
  }
}

const none: ReadonlySet<string> = new Set()

/** So long the path and the data of a znode are at most, but for rare ones; bytes. */
const usualBytes = 1024
/** What there is memory for in the place of one znode, as the texts are there several times; bytes. */
const bytesPerZnode = 1024

/** What longer texts take. @returns in znodes */
function extraOf(bytes: number): number {
  return Math.max(0, bytes - usualBytes) / bytesPerZnode
}

function emptyGroup(source: string): TargetGroup {
  return { source, labels: {}, targets: [] }
}

function pathOf({ path }: Node, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`
}

function hint(path: string): string {
  return path.length > 1 && path.endsWith('/') ? '; write it without the slash at its end' : ''
}

function tooMany(path: string, most: number): ZookeeperError {
  return new ZookeeperError(
    `${path} has more znodes than there is memory for (${String(most)}): ` +
      "name paths below it, or give more by Node's --max-old-space-size",
  )
}
