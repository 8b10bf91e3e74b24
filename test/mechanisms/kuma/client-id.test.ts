import { expect, it } from 'vitest'
import { clientId } from '../../../src/mechanisms/kuma/client-id.js'

const none = (): Promise<readonly string[]> => Promise.reject(new Error('not found'))

it.each([
  [
    'the full name of its address',
    'h1',
    ['10.0.0.1'],
    { '10.0.0.1': ['h1.example.'] },
    'h1.example',
  ],
  [
    'that of the first address that has one',
    'h1',
    ['10.0.0.1', '10.0.0.2'],
    { '10.0.0.2': ['h2.example', 'h3.example'] },
    'h2.example',
  ],
  ['its short name where no address has a name', 'h1', ['10.0.0.1'], {}, 'h1'],
  ['its short name where it has no address', 'h1', undefined, {}, 'h1'],
  [
    'prometheus where it has no name',
    '',
    ['10.0.0.1'],
    { '10.0.0.1': ['h1.example'] },
    'prometheus',
  ],
])('a host calls itself %s', async (_, hostname, addresses, names, want) => {
  const known: Readonly<Record<string, readonly string[] | undefined>> = names
  const id = await clientId({
    hostname: () => hostname,
    addressesOf: () => (addresses === undefined ? none() : Promise.resolve(addresses)),
    namesOf: (address) => {
      const found = known[address]
      return found === undefined ? none() : Promise.resolve(found)
    },
  })
  expect(id).toBe(want)
})
