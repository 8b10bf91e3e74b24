import { describe, expect, it } from 'vitest'
import { instances } from '../../../src/mechanisms/aws/rds.js'
import { pollsOf, type Said } from './polls.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

const missing: Said = {
  status: 404,
  body: '<ErrorResponse><Error><Code>DBClusterNotFoundFault</Code><Message>DBCluster typo not found.</Message></Error></ErrorResponse>',
}

function result(action: string, body: string): Said {
  const inner = `<${action}Result>${body}</${action}Result>`
  return { body: `<${action}Response>${inner}</${action}Response>` }
}

/** Clusters with these names, each with one instance. */
function database(names: readonly string[], asked: string[]): (request: { body: string }) => Said {
  return ({ body }) => {
    const given = new URLSearchParams(body)
    const action = given.get('Action') ?? ''
    asked.push(action)
    if (action === 'DescribeDBClusters') {
      const wanted = given.get('DBClusterIdentifier')
      if (wanted !== null && !names.includes(wanted)) return missing
      const found = names.filter((name) => wanted === null || name === wanted)
      const clusters = found.map(
        (name) =>
          `<DBCluster><DBClusterArn>${name}</DBClusterArn><DBClusterIdentifier>${name}</DBClusterIdentifier></DBCluster>`,
      )
      return result(action, `<DBClusters>${clusters.join('')}</DBClusters>`)
    }
    const values = [...given]
      .filter(([name]) => name.includes('.Values.'))
      .map(([, value]) => value)
    const all = values.map(
      (name) =>
        `<DBInstance><DBClusterIdentifier>${name}</DBClusterIdentifier><Endpoint><Address>${name}.x</Address><Port>1</Port></Endpoint></DBInstance>`,
    )
    return result(action, `<DBInstances>${all.join('')}</DBInstances>`)
  }
}

describe('clusters of RDS', () => {
  it('are named where the config names them and there are none; the others are found', async () => {
    const config = { port: 80, clusters: ['a', 'typo'], filters: [], concurrency: 2 }
    const poll = await pollsOf('rds', instances(config), database(['a'], []), new FakeClock())
    expect(await poll()).toEqual({
      found: { 'r/a': ['a.x:80'] },
      trouble: expect.stringMatching(
        /^unable to find the instances of cluster typo: http:.*: DescribeDBClusters: DBClusterNotFoundFault: DBCluster typo not found\.$/,
      ) as string,
    })
  })

  it('fail the poll where none of those that the config names is there', async () => {
    const config = { port: 80, clusters: ['typo'], filters: [], concurrency: 2 }
    const poll = await pollsOf('rds', instances(config), database(['a'], []), new FakeClock())
    await expect(poll()).rejects.toThrow('DBClusterNotFoundFault')
  })

  it('are asked for their instances twenty at a time', async () => {
    const asked: string[] = []
    const names = Array.from({ length: 45 }, (_, i) => `c${String(i)}`)
    const config = { port: 80, clusters: [], filters: [], concurrency: 2 }
    const poll = await pollsOf('rds', instances(config), database(names, asked), new FakeClock())
    expect(Object.keys((await poll()).found)).toHaveLength(45)
    expect(asked).toEqual(['DescribeDBClusters', ...Array(3).fill('DescribeDBInstances')])
  })
})
