/** A cluster cannot be reached as the config, the kubeconfig or the surroundings say. */
export class AccessError extends Error {
  override readonly name = 'AccessError'
  readonly code = 'ERR_KUBERNETES_ACCESS'
}
