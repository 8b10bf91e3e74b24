/** Why a process is not in a pod; undefined where it is. In the words of client-go. */
export function faultOfSurroundings(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment
  if (host !== '' && port !== '') return undefined
  return (
    'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be ' +
    'defined: outside of a pod, name api_server or kubeconfig_file'
  )
}
