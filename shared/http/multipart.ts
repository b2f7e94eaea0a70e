import { Busboy, type BusboyInstance } from '@fastify/busboy'
import type { File, Request, Upload } from './contract.ts'
import { fault } from './errors.ts'

/**
 * Reads a multipart body: text parts by name, and the one file part the contract names.
 * Fails with `malformed_body` when it is truncated or ill-formed, `invalid_request` for a file part
 * under another name, `payload_too_large` over the upload's limit.
 */
export async function readMultipart(
  upload: Upload,
  contentType: string,
  body: Buffer,
  request: Request,
): Promise<{ fields: Record<string, string>; file: File | undefined }> {
  if (body.length > upload.maxBytes) throw fault('payload_too_large')
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = Object.create(null)
    let file: File | undefined
    const wrong = (detail: string) => reject(fault('malformed_body', detail))
    let form: BusboyInstance
    try {
      form = new Busboy({
        headers: { 'content-type': request.headers['content-type'] ?? contentType },
        limits: { files: 1, fields: 50, fieldSize: 100_000, parts: 51, headerPairs: 20 },
      })
    } catch {
      return wrong('The multipart body has no boundary')
    }
    form.on('field', (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut) wrong('A part of the multipart body is too long')
      else if (name in fields) wrong(`The part ${name} is given more than once`)
      else fields[name] = value
    })
    form.on('file', (name, stream, fileName, _encoding, type) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      // The parser tells a cut off part on the part's own stream, too.
      stream.on('error', () => wrong('The multipart body is truncated or ill-formed'))
      stream.on('end', () => {
        if (name !== upload.part)
          reject(
            fault('invalid_request', `The file must be in the part ${upload.part}`, {
              errors: [{ field: name, message: 'is not a field of this request' }],
            }),
          )
        file = { bytes: Buffer.concat(chunks), name: fileName, type }
      })
    })
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const)
      form.on(limit, () => wrong('The multipart body has too many parts'))
    form.on('error', () => wrong('The multipart body is truncated or ill-formed'))
    form.on('finish', () => resolve({ fields, file }))
    form.end(body)
  })
}
