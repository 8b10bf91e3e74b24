import type { Turns } from '../../waiting/turns.js'
import type { ListView } from '../sources.js'
import type { ListState, ServedList } from './served-list.js'
import type { StreamClient } from './stream-client.js'

/** The changes that are kept for clients that are behind, in bytes; who is further behind gets the whole list. */
const maxKeptBytes = 4 << 20

/**
 * How much may come up while a client reads nothing before it is cut off, in bytes; it comes back with its last id,
 * and catches up.
 */
const maxUnread = 4 << 20

/** What leads from one version of a list to the next. */
interface Delta {
  readonly from: string
  readonly to: string
  readonly event: Buffer
}

/** One client, and the version it has; undefined before it has one. */
interface Follower {
  readonly client: StreamClient
  readonly cut: () => void
  version: string | undefined
  /** It has the latest version, and waits for the next. */
  isCurrent: boolean
}

/** A list as it was at one moment. */
interface Shown {
  readonly version: string
  readonly list: ListView
}

/**
 * One list, for those who follow it as Server-Sent Events: an event `snapshot` with the whole of it, and then an event
 * `delta` for each change. Both are `{"set":[{"source":…,"groups":[…]}],"unset":[source…]}`: a source that is set
 * replaces the one of the same name. The id of an event is the version of the list after it.
 */
export class ListStream {
  readonly #list: ServedList
  readonly #turns: Turns
  readonly #followers: Set<Follower> = new Set()
  /** Names the parts of the list; a part is the same object for as long as its text is the same one. */
  readonly #sources: WeakMap<object, string> = new WeakMap()
  #named = 0
  #shown: Shown | undefined
  #deltas: Delta[] = []
  #end: Extract<ListState, { kind: 'unknown' }> | 'stopped' | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(list: ServedList, turns: Turns) {
    this.#list = list
    this.#turns = turns
  }

  get followers(): number {
    return this.#followers.size
  }

  /** Takes what the list is now, and tells the followers; one call after the other. */
  update(): Promise<void> {
    const update = (): Promise<void> => this.#update()
    this.#work = this.#work.then(update, update)
    return this.#work
  }

  /** Nothing changes any more: the streams come to their end. */
  stop(): void {
    this.#end ??= 'stopped'
    for (const { client } of this.#followers) client.news(0)
  }

  /**
   * Serves one client until it goes, reads nothing, or the list is gone.
   * @param version the one it has, from its `Last-Event-ID`
   * @param cut breaks its connection
   */
  async follow(client: StreamClient, version: string | undefined, cut: () => void): Promise<void> {
    const follower: Follower = { client, cut, version, isCurrent: false }
    this.#followers.add(follower)
    try {
      await this.update()
      while (!client.isGone) {
        if (follower.version !== undefined && follower.version === this.#shown?.version) {
          if (this.#end !== undefined) return
          follower.isCurrent = true
          await client.woken()
          follower.isCurrent = false
          continue
        }
        if (this.#end !== undefined || this.#shown === undefined) return
        await this.#catchUp(follower, this.#shown)
      }
    } finally {
      this.#followers.delete(follower)
    }
  }

  async #catchUp(follower: Follower, shown: Shown): Promise<void> {
    const { client, version } = follower
    const next = this.#deltas.find(({ from }) => from === version)
    if (next !== undefined) {
      client.write(next.event)
      follower.version = next.to
      await client.readOn()
      return
    }
    client.write('event: snapshot\ndata: {"set":[\n')
    for (const index of shown.list.parts.keys()) {
      if (client.isGone) return
      client.write(`data: ${index === 0 ? '' : ','}${this.#partText(shown.list, index)}\n`)
      await client.readOn()
      if (this.#turns.isOver) await this.#turns.next()
    }
    client.write(`data: ],"unset":[]}\nid: ${shown.version}\n\n`)
    follower.version = shown.version
  }

  async #update(): Promise<void> {
    const state = this.#list.now()
    if (state.kind === 'missing') return
    if (state.kind === 'unknown') {
      this.#end ??= state
      for (const { client } of this.#followers) client.news(0)
      return
    }
    const before = this.#shown
    const next = { version: versionOf(state.etag), list: state.list }
    if (before?.version === next.version) return
    // With another stamp every part has another text.
    const isOther = before === undefined || before.list.stamp !== next.list.stamp
    const delta = isOther ? undefined : await this.#delta(before, next)
    this.#shown = next
    if (delta === undefined) this.#deltas = []
    else this.#keep(delta)
    for (const follower of Array.from(this.#followers)) {
      tell(follower, delta)
      if (this.#turns.isOver) await this.#turns.next()
    }
  }

  /** @returns undefined where it would be longer than what is kept */
  async #delta(before: Shown, next: Shown): Promise<Delta | undefined> {
    const parts = new Set(next.list.parts)
    const known = new Set(before.list.parts)
    const unset = before.list.parts.filter((part) => !parts.has(part))
    const texts: string[] = []
    let length = 0
    for (const [index, part] of next.list.parts.entries()) {
      if (known.has(part)) continue
      const text = this.#partText(next.list, index)
      length += text.length
      if (length > maxKeptBytes) return undefined
      texts.push(text)
      if (this.#turns.isOver) await this.#turns.next()
    }
    const gone = JSON.stringify(unset.map((part) => this.#sourceOf(part)))
    const data = `{"set":[${texts.join(',')}],"unset":${gone}}`
    const event = Buffer.from(`event: delta\ndata: ${data}\nid: ${next.version}\n\n`)
    return { from: before.version, to: next.version, event }
  }

  #keep(delta: Delta): void {
    this.#deltas.push(delta)
    let bytes = 0
    for (const { event } of this.#deltas) bytes += event.length
    while (bytes > maxKeptBytes) bytes -= this.#deltas.shift()?.event.length ?? bytes
  }

  #partText(list: ListView, index: number): string {
    const source = this.#sourceOf(list.parts[index] ?? list)
    return `{"source":"${source}","groups":[${[...list.texts(index)].join(',')}]}`
  }

  #sourceOf(part: object): string {
    const known = this.#sources.get(part)
    if (known !== undefined) return known
    this.#named += 1
    const source = String(this.#named)
    this.#sources.set(part, source)
    return source
  }
}

/** Gives a follower what is new at once if it has all before, and wakes it otherwise. */
function tell(follower: Follower, delta: Delta | undefined): void {
  const { client, cut, version, isCurrent } = follower
  if (delta !== undefined && isCurrent && version === delta.from && client.keepsUp) {
    follower.version = delta.to
    client.write(delta.event)
    return
  }
  client.news(delta?.event.length ?? 0)
  if (client.behind > maxUnread) cut()
}

/** What is inside the quotes of an entity tag. */
function versionOf(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '')
}
