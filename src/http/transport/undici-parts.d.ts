// Undici declares the types of its index alone.

declare module 'undici/lib/dispatcher/agent.js' {
  import type { Agent } from 'undici'
  const agent: typeof Agent
  export default agent
}

declare module 'undici/lib/dispatcher/client.js' {
  import type { Client } from 'undici'
  const client: typeof Client
  export default client
}

declare module 'undici/lib/core/connect.js' {
  import type { buildConnector } from 'undici'
  const connector: typeof buildConnector
  export default connector
}

declare module 'undici/lib/core/symbols.js' {
  const symbols: Readonly<Record<'kSocket' | 'kParser' | 'kRunning', symbol>>
  export default symbols
}
