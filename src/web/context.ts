import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'

/** What travels with one request. */
export interface Variables {
  /** Bytes of the body sent so far. */
  sent: { bytes: number }
  /** Logs an error that came too late for an error status. */
  report: (error: unknown) => void
}

export interface WebEnv {
  Bindings: HttpBindings
  Variables: Variables
}

export type WebContext = Context<WebEnv>
export type WebApp = Hono<WebEnv>
