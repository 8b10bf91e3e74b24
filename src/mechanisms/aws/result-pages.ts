import { childOf, type XmlElement } from '../kit/xml.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient, Parameters } from './client.js'
import { given } from './elements.js'

/** What is listed, by the query protocol of RDS and ElastiCache. */
export interface Listing {
  /** `DescribeDBClusters` */
  readonly action: string
  readonly version: string
  readonly parameters: Parameters
  /** The parameter that says where a page begins, which is also what names the next one in an answer. */
  readonly token: 'Marker' | 'NextToken'
}

/** The result of an action, page after page. */
export async function* resultPages(
  client: AwsClient,
  { action, version, parameters, token }: Listing,
): AsyncGenerator<XmlElement> {
  const ask = async (from: string | undefined): Promise<XmlElement | undefined> => {
    const root = await client.query(action, version, { ...parameters, [token]: from })
    return childOf(root, `${action}Result`)
  }
  for await (const page of pagesOf(ask, (one) => given(one, token), action)) {
    if (page !== undefined) yield page
  }
}
