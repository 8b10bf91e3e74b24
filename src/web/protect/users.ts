import { createHmac, randomBytes } from 'node:crypto'
import { WebConfigError } from '../errors.js'
import type { ComparePassword } from './bcrypt.js'
import type { WebConfig } from './section.js'

type Users = WebConfig['basic_auth_users']

/** The modular crypt format of bcrypt: version, cost, salt and hash. */
const bcryptHash = /^\$2[aby]?\$[0-9]{2}\$[./A-Za-z0-9]{53}$/

/**
 * Looks at every hash.
 * @throws {WebConfigError} naming the first user whose password cannot be checked
 */
export function checkUsers(users: Users): void {
  for (const [name, hash] of Object.entries(users)) {
    if (!bcryptHash.test(hash.reveal())) {
      throw new WebConfigError(
        `basic_auth_users: the password of ${JSON.stringify(name)} is not a bcrypt hash`,
      )
    }
  }
}

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
   * Whether the password is that of the name. An unknown name costs the same work as a known one, so
   * that the time an answer takes does not give away which names there are.
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

  /** No password is kept: only a keyed hash of it. */
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
