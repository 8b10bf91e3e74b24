import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Turns } from '../waiting/turns.js'

/** What travels with one request. */
export interface Variables {
  /** Bytes of the body sent so far. */
  sent: { bytes: number }
  /** Where the making of a long body takes its time from. */
  turns: Turns
  /** Logs an error that came too late for an error status. */
  report: (error: unknown) => void
}

export interface WebEnv {
  Bindings: HttpBindings
  Variables: Variables
}

export type WebContext = Context<WebEnv>
export type WebApp = Hono<WebEnv>
