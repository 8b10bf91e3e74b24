import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'

/** What travels with one request. */
export interface Variables {
  /** Bytes of the body sent so far. */
  sent: { bytes: number }
  /** Takes an error that came too late for an answer. */
  report: (error: unknown) => void
}

export interface WebEnv {
  Bindings: HttpBindings
  Variables: Variables
}

export type WebContext = Context<WebEnv>
export type WebApp = Hono<WebEnv>

/** One thing the server answers to. */
export interface Route {
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[]
  /** Below the route prefix; a trailing `*` takes everything. */
  readonly path: string
  /** Answers 503 until the daemon is ready. */
  readonly needsReady?: boolean
  readonly handle: (c: WebContext) => Response | Promise<Response>
}
