import type { HttpClientConfig } from '../../../http/index.js'
import type { Access } from '../cluster.js'
import type { ExecPlugin } from './exec-plugin.js'

/** What the process gives to reach a cluster. */
export interface AccessOptions {
  readonly userAgent: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where a pod finds its service account; default as Kubernetes mounts it. */
  readonly serviceAccount?: string | undefined
}

/** A server, and as whom it is asked. */
export interface Reached extends Access {
  readonly http: HttpClientConfig
  /** What makes the credentials, where they are not in `http`. */
  readonly exec?: ExecPlugin
}
