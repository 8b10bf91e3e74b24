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

/** At least as many as Prometheus keeps; right and wrong ones apart, so that guessing displaces no user. */
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

  /** Whether this name and password were found right before; costs next to nothing. */
  knows(users: Users, name: string, password: string): boolean {
    const hash = Object.hasOwn(users, name) ? users[name]?.reveal() : undefined
    return hash !== undefined && this.#right.has(this.#keyOf('true', name, hash, password))
  }

  /**
   * Whether the password is that of the name. An unknown name costs the same work as a known one, so
   * that the time an answer takes does not give away which names there are.
   * @param address where the request comes from: guesses from one, or for one name, do not hold up others
   */
  async allows(users: Users, name: string, password: string, address: string): Promise<boolean> {
    const known = Object.hasOwn(users, name) ? users[name]?.reveal() : undefined
    const hash = known ?? costliest(users)
    // The same name may be known with one file and unknown with the next.
    const key = this.#keyOf(String(known !== undefined), name, hash, password)
    if (this.#right.has(key)) return true
    if (this.#wrong.has(key)) return false
    const isKnown = known !== undefined
    const from = JSON.stringify(isKnown ? [address, name] : [address])
    const running =
      this.#running.get(key) ??
      this.#check(key, async () => (await this.#compare(password, hash, from)) && isKnown, users)
    return await running
  }

  #check(key: string, compare: () => Promise<boolean>, users: Users): Promise<boolean> {
    const check = compare()
      .then((verdict) => {
        // Everyone that there is, and those of the file before.
        if (verdict) keep(this.#right, key, Math.max(maxKept, 2 * Object.keys(users).length))
        else keep(this.#wrong, key, maxKept)
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

function keep(kept: Set<string>, key: string, max: number): void {
  if (kept.size >= max) {
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
