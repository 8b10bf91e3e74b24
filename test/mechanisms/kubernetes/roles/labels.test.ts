import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../../src/labels/index.js'
import type { Meta } from '../../../../src/mechanisms/kubernetes/objects.js'
import { podGroup } from '../../../../src/mechanisms/kubernetes/roles/pod.js'
import { pod } from '../objects.js'
import { lookups, short, starting, odd } from './harness.js'

describe('labels and annotations', () => {
  const cases: readonly (readonly [title: string, object: Partial<Meta>, labels: Labels])[] = [
    ['an object without any has none', {}, { pod_name: 'web' }],
    [
      'odd characters become underscores, and each says that it is there',
      odd,
      {
        pod_name: 'web',
        pod_label_app_kubernetes_io_name: 'a',
        pod_labelpresent_app_kubernetes_io_name: 'true',
        pod_labelpresent__: 'true',
        pod_label_x_y: '2',
        pod_labelpresent_x_y: 'true',
        pod_annotation_a_b: '{"json":\n"value"}',
        pod_annotationpresent_a_b: 'true',
      },
    ],
    [
      'of two that become one name the later one of the server’s order wins',
      { labels: ['a.b', 'first', 'a_b', 'second', 'a/b', 'third'] },
      { pod_name: 'web', pod_label_a_b: 'third', pod_labelpresent_a_b: 'true' },
    ],
    [
      'names that are members of every object are names like others',
      { labels: ['__proto__', 'p', 'constructor', 'c'] },
      {
        pod_name: 'web',
        pod_label___proto__: 'p',
        pod_labelpresent___proto__: 'true',
        pod_label_constructor: 'c',
        pod_labelpresent_constructor: 'true',
      },
    ],
    ['an empty name is an empty label', { name: '' }, {}],
  ]
  for (const [title, more, labels] of cases) {
    it(title, () => {
      const group = podGroup(pod(more), lookups())
      const found = short(group.labels)
      const own = Object.entries(found).filter(([name]) =>
        /^pod_(?:name|label|annotation)/.test(name),
      )
      expect(Object.fromEntries(own)).toEqual(labels)
    })
  }

  it('of an object with more than a label set holds in one piece are all there', () => {
    const labels = Array.from({ length: 200 }, (_, at) => [`l${String(at)}`, String(at)]).flat()
    const group = podGroup(pod({ labels }), lookups())
    expect(Object.keys(starting(group, 'pod_label_'))).toHaveLength(200)
    expect(group.labels).toMatchObject({ __meta_kubernetes_pod_label_l199: '199' })
  })
})
