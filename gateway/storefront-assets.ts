import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'

type Asset = { type: string; cache: string; plain: Buffer; gz?: Buffer; br?: Buffer }

/** The service worker lives under the policy it came with: it asks this site, and nobody else. */
const POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.png': 'image/png',
  '.webp': 'image/webp',
}

/** The built files by their path, read once; the build has packed them too. */
export class Assets {
  readonly #files = new Map<string, Asset>()

  constructor(folder: string) {
    if (!existsSync(folder)) return
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name)
      const type = types[extname(name)]
      if (!type || name === 'manifest.json' || !statSync(file).isFile()) continue
      const packed = (ending: string) =>
        existsSync(file + ending) ? readFileSync(file + ending) : undefined
      const [gz, br] = [packed('.gz'), packed('.br')]
      // Names under assets/ hold a hash of the content; the others must be asked for again.
      const cache = name.startsWith('assets') ? 'public, max-age=31536000, immutable' : 'no-cache'
      const asset: Asset = { type, cache, plain: readFileSync(file) }
      if (gz) asset.gz = gz
      if (br) asset.br = br
      this.#files.set(`/${name.replaceAll('\\', '/')}`, asset)
    }
  }

  /** Answers if there is such a file. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const asset = this.#files.get(path)
    if (!asset) return false
    const accepted = String(request.headers['accept-encoding'] ?? '')
    const [bytes, encoding] =
      asset.br && /\bbr\b/.test(accepted)
        ? [asset.br, 'br']
        : asset.gz && /\bgzip\b/.test(accepted)
          ? [asset.gz, 'gzip']
          : [asset.plain, undefined]
    response.writeHead(200, {
      'content-type': asset.type,
      'content-length': bytes.length,
      'cache-control': asset.cache,
      vary: 'accept-encoding',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      ...(encoding ? { 'content-encoding': encoding } : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    return true
  }
}
