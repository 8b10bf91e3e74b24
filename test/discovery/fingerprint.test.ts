import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { decodeText, fingerprint } from '../../src/discovery/index.js'
import { http } from '../../src/mechanisms/http.js'

const mechanism = http({ registry: new Registry(), env: {}, userAgent: 'muster/test' })

function fingerprintOf(yaml: string): string {
  return fingerprint({ mechanism, config: decodeText(mechanism.section, 'a.yml', yaml).value })
}

const base = 'url: http://me:secret@127.0.0.1:1/targets'

describe('the fingerprint of a provider', () => {
  it.each([
    {
      title: 'another password of the URL',
      yaml: 'url: http://me:other@127.0.0.1:1/targets',
      same: true,
    },
    {
      title: 'the URL as a config is printed',
      yaml: 'url: http://me:xxxxx@127.0.0.1:1/targets',
      same: true,
    },
    {
      title: 'another user of the URL',
      yaml: 'url: http://you:secret@127.0.0.1:1/targets',
      same: false,
    },
    { title: 'another path', yaml: 'url: http://me:secret@127.0.0.1:1/others', same: false },
    { title: 'another interval', yaml: `${base}\nrefresh_interval: 5m`, same: false },
  ])('with $title is the same: $same', ({ yaml, same }) => {
    expect(fingerprintOf(yaml) === fingerprintOf(base)).toBe(same)
  })
})
