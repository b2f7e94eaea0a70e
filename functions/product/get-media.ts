import * as z from 'zod'
import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { findMedia } from './queries/media.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/media/{name}',
  summary: 'A picture',
  about:
    'The name is a hash of the content, a view and a type. An uploaded picture has the views `1200`, ' +
    '`800`, `400` and `160` (its longest side, never enlarged): `<hash>-400.webp`. A drawn one has ' +
    '`front`, `detail` and `pair`: `<hash>-detail.svg`. Other views of a product are had by changing ' +
    "the view in its `image`'s name.",
  access: 'anyone',
  params: {
    name: z
      .string()
      .regex(/^[0-9a-f]{32}-[a-z0-9]{1,16}\.(webp|svg)$/)
      .meta({ param: 'text' }),
  },
  bytes: ['image/webp', 'image/svg+xml'],
  errors: ['not_found'],
  // Depends on nothing: whatever has this name has this content.
  cache: { tags: () => [], seconds: 86_400 },
  example: { params: { name: '0123456789abcdef0123456789abcdef-800.webp' } },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const media = await findMedia(params.name)
  if (!media) throw fail('not_found')
  return answer<undefined>(media.bytes, {
    etag: `"${params.name}"`,
    headers: {
      'content-type': media.type,
      'cache-control': 'public, max-age=31536000, immutable',
      // Opened by itself a drawing is a document; it may show what it carries, and do nothing.
      'content-security-policy': "sandbox; default-src 'none'; img-src data:",
      'cross-origin-resource-policy': 'cross-origin',
    },
  })
})
