import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { UsageError } from './usage.ts'

/** A multipart body of `NAME=VALUE` and `NAME=@FILE;type=…`, as curl's -F takes them. */
export async function formOf(fields: readonly string[]): Promise<{ type: string; body: Buffer }> {
  const form = new FormData()
  for (const field of fields) {
    const at = field.indexOf('=')
    if (at < 1) throw new UsageError(`--form 'name=value', not '${field}'`)
    const [name, value] = [field.slice(0, at), field.slice(at + 1)]
    if (!value.startsWith('@')) form.append(name, value)
    else
      form.append(name, await fileOf(value.slice(1)), basename(value.slice(1).split(';')[0] ?? ''))
  }
  const encoded = new Response(form)
  return {
    type: encoded.headers.get('content-type') ?? '',
    body: Buffer.from(await encoded.arrayBuffer()),
  }
}

async function fileOf(given: string): Promise<Blob> {
  const [path = '', type] = given.split(';type=')
  try {
    return await openAsBlob(path, { type: type ?? typeOf(path) })
  } catch {
    throw new UsageError(`There is no file ${path}`)
  }
}

function typeOf(path: string): string {
  const types: Record<string, string> = { jpg: 'jpeg', jpeg: 'jpeg', png: 'png', webp: 'webp' }
  const type = types[path.split('.').at(-1)?.toLowerCase() ?? '']
  return type ? `image/${type}` : 'application/octet-stream'
}
