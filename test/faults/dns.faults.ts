import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'vitest'
import {
  type Asked,
  DnsTestServer,
  noError,
  nxDomain,
  type Reply,
  servFail,
} from '../mechanisms/dns/server.js'
import { DnsRig } from './harness/dns-rig.js'
import { endure, type Fault } from './harness/endure.js'

const section = '{names: [x.test., other.test.], type: A, port: 1, refresh_interval: 1s}'
const resolvConf = 'nameserver 127.0.0.1\n'

interface DnsFault extends Pick<Fault, 'fault' | 'kept' | 'says' | 'shown' | 'during'> {
  /** What is answered when `x.test` is asked for. */
  readonly reply?: (asked: Asked) => Reply
  /** What resolv.conf is a link to, once it is gone. */
  readonly link?: string
  /** What resolv.conf says; undefined: it is gone. */
  readonly conf?: string | undefined
}

const all = 'all targets'
const unresolved = /could not resolve/

const faults: readonly DnsFault[] = [
  { fault: 'the server does not answer', kept: all, says: unresolved, reply: () => 'silence' },
  {
    fault: 'the server answers SERVFAIL',
    kept: all,
    says: unresolved,
    reply: () => ({ rcode: servFail }),
  },
  {
    fault: 'the server sends what is no DNS message',
    kept: all,
    says: unresolved,
    reply: () => ({
      bytes: (query) => [Buffer.concat([query.subarray(0, 14), Buffer.alloc(9, 255)])],
    }),
  },
  {
    fault: 'somebody forges answers to questions that were not asked',
    kept: all,
    says: unresolved,
    reply: () => ({
      bytes: (query) => {
        const forged = Buffer.from(query)
        forged[0] = (forged[0] ?? 0) ^ 255
        forged[2] = 0x81
        return [forged]
      },
    }),
  },
  {
    fault: 'the answer is cut off over UDP, and over TCP it is half of one',
    kept: all,
    says: unresolved,
    reply: ({ protocol }) =>
      protocol === 'udp'
        ? { truncated: true }
        : { bytes: (query) => [query.subarray(0, query.length / 2)] },
  },
  {
    fault: 'the server lies that a name does not exist',
    kept: 'the targets of other names',
    shown: 'nothing is wrong: a name that does not exist has no targets, as in Prometheus',
    during: ['127.0.0.9:1'],
    reply: () => ({ rcode: nxDomain }),
  },
  { fault: 'resolv.conf is gone', kept: all, says: /could not load resolv\.conf/, conf: undefined },
  {
    fault: 'resolv.conf becomes a link to a device without an end',
    kept: all,
    says: /could not load resolv\.conf: not a regular file/,
    link: '/dev/zero',
  },
  { fault: 'resolv.conf is empty', kept: all, says: unresolved, conf: '' },
  {
    fault: 'resolv.conf names a server that is not there',
    kept: all,
    says: unresolved,
    conf: 'nameserver 127.0.0.3\n',
  },
]

describe('DNS', () => {
  for (const { reply, ...rest } of faults) {
    it(rest.fault, async (context) => {
      const { conf, link, ...fault } = rest
      let address = '127.0.0.1'
      let answer: (asked: Asked) => Reply = () => addressOf(address)
      const server = await DnsTestServer.listen((asked) =>
        asked.name === 'x.test' ? answer(asked) : addressOf('127.0.0.9'),
      )
      context.onTestFinished(() => server.close())
      const rig = new DnsRig(section, server.port)
      writeFileSync(rig.resolvConf, resolvConf)
      await endure(
        rig,
        {
          ...fault,
          mechanism: 'dns',
          before: ['127.0.0.1:1', '127.0.0.9:1'],
          begin() {
            if (reply !== undefined) answer = reply
            else if (conf === undefined) rmSync(rig.resolvConf)
            else writeFileSync(rig.resolvConf, conf)
            if (link !== undefined) symlinkSync(link, rig.resolvConf)
          },
          end() {
            address = '127.0.0.2'
            answer = () => addressOf(address)
            // Not into what it may be a link to.
            rmSync(rig.resolvConf, { force: true })
            writeFileSync(rig.resolvConf, resolvConf)
          },
          after: ['127.0.0.2:1', '127.0.0.9:1'],
        },
        context,
      )
    })
  }
})

function addressOf(data: string): Reply {
  return { rcode: noError, records: [{ type: 'A', name: 'x.test', data }] }
}
