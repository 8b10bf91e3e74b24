import { it } from 'vitest'
import { Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { pki } from '../helpers/pki/index.js'
import { issue } from '../helpers/pki/issue.js'
import { endure } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { RealConsul } from '../helpers/real-consul.js'
import { TroubledProxy } from './harness/troubled-proxy.js'

const server1 = { cert: pki('server1.pem'), key: pki('server1.key') }
const server2 = { cert: pki('server2.pem'), key: pki('server2.key') }

const authority = issue({ name: 'authority', ca: true })
const legacy = issue({ name: '127.0.0.1', issuer: authority })

const faults = [
  {
    fault: 'the server gets a certificate of an authority that is not in `ca_file` yet',
    says: /certificate|issuer|self-signed/i,
    authorities: pki('ca1.pem'),
  },
  {
    fault: 'the server gets a certificate that has a common name and no other',
    says: /x509: certificate relies on legacy Common Name field, use SANs instead/,
    authorities: authority.pem,
    server: { cert: legacy.pem, key: legacy.keyPem },
  },
  {
    fault: 'the server gets a new certificate, and `ca_file` is half-written',
    says: /CA cert/,
    authorities: pki('ca2.pem').slice(0, 200),
  },
]

describeWithPeers('a real Consul behind TLS', ['consul'], () => {
  for (const { authorities, server = server2, ...fault } of faults) {
    it(fault.fault, async (context) => {
      const consul = await RealConsul.start()
      context.onTestFinished(() => consul.stop())
      await consul.register('a:1')
      const proxy = await TroubledProxy.start(consul.address, server1)
      context.onTestFinished(() => proxy.stop())
      const files = new Workspace()
      files.write('ca.pem', pki('ca1.pem'))
      const rig = await ProbedDaemon.start(
        `consul_sd_configs: [{server: '${proxy.address}', scheme: https, tags: [t], refresh_interval: 30s, tls_config: {ca_file: ca.pem}}]`,
        files,
      )
      await endure(
        rig,
        {
          ...fault,
          kept: 'all targets',
          mechanism: 'consul',
          before: ['a:1'],
          begin() {
            files.write('ca.pem', authorities)
            proxy.renew(server)
          },
          async end() {
            await consul.register('a:2')
            proxy.renew(server2)
            files.write('ca.pem', pki('ca2.pem'))
          },
          after: ['a:1', 'a:2'],
        },
        context,
      )
    })
  }
})
