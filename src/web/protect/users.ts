import { createHmac, randomBytes } from 'node:crypto'
import type { ComparePassword } from './bcrypt.js'
import type { WebConfig } from './section.js'

type Users = WebConfig['basic_auth_users']

/** As many as Prometheus keeps; right and wrong ones apart, so that guessing displaces no user. */
const maxKept = 100

/** Checks names and passwords, and remembers what it found. */
export class UserCheck {
  readonly #compare: ComparePassword
  readonly #salt = randomBytes(32)
  readonly #right = new Set<string>()
  readonly #wrong = new Set<string>()
  readonly #running = new Map<string, Promise<boolean>>()

  constructor(compare: ComparePassword) {
    this.#compare = compare
  }

  /**
   * Whether these may come in. A name that is not there costs the same work as one that is, so that
   * the time tells nobody which names there are.
   */
  async allows(users: Users, name: string, password: string): Promise<boolean> {
    const known = Object.hasOwn(users, name) ? users[name]?.reveal() : undefined
    const hash = known ?? costliest(users)
    // The same name may be known with one file and unknown with the next.
    const key = this.#keyOf(String(known !== undefined), name, hash, password)
    if (this.#right.has(key)) return true
    if (this.#wrong.has(key)) return false
    const running = this.#running.get(key) ?? this.#check(key, known !== undefined, hash, password)
    return await running
  }

  #check(key: string, isKnown: boolean, hash: string, password: string): Promise<boolean> {
    const check = this.#compare(password, hash)
      .then((isRight) => {
        const verdict = isRight && isKnown
        keep(verdict ? this.#right : this.#wrong, key)
        return verdict
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, check)
    return check
  }

  /** No password is kept: only what nobody can turn back into one. */
  #keyOf(...parts: readonly string[]): string {
    const hmac = createHmac('sha256', this.#salt)
    return hmac.update(JSON.stringify(parts)).digest('base64')
  }
}

function keep(kept: Set<string>, key: string): void {
  if (kept.size >= maxKept) {
    const [oldest] = kept
    if (oldest !== undefined) kept.delete(oldest)
  }
  kept.add(key)
}

/** The hash that takes longest to check; its cost stands in it as two digits. */
function costliest(users: Users): string {
  const hashes = Object.values(users).map((hash) => hash.reveal())
  return hashes.reduce((a, b) => (b.slice(4, 6) > a.slice(4, 6) ? b : a), hashes[0] ?? '')
}
