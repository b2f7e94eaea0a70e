import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Indentation inside templates would be shipped; HTML and CSS do not need it. */
const unindent: Plugin = {
  name: 'unindent',
  enforce: 'pre',
  transform(code, id) {
    return id.includes('/web/src/') && id.endsWith('.ts') ? code.replace(/\n\s+/g, '\n') : undefined
  },
}

/** Writes `.br` and `.gz` beside what compresses, so that the server never does it on a request. */
function compress(): Plugin {
  let folder = ''
  return {
    name: 'compress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true })
      const texts = names.filter((it) => /\.(js|css|svg|webmanifest|json)$/.test(it))
      await Promise.all(
        texts.map(async (name) => {
          const bytes = await readFile(join(folder, name))
          if (bytes.length < 512) return
          await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
          await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(bytes))
        }),
      )
    },
  }
}

/** What the service worker keeps from the start: everything a shopper may need, nothing of staff's. */
const precache: Plugin = {
  name: 'precache',
  apply: 'build',
  generateBundle(_options, bundle) {
    const files = Object.values(bundle)
      .filter((it) => /^assets\/.*\.(js|css)$/.test(it.fileName) && !/staff/.test(it.fileName))
      .map((it) => `/${it.fileName}`)
    this.emitFile({ type: 'asset', fileName: 'precache.json', source: JSON.stringify(files) })
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [unindent, precache, compress()],
  build: {
    outDir: join(import.meta.dirname, '../dist/web'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: {
        main: join(import.meta.dirname, 'index.html'),
        sw: join(import.meta.dirname, 'sw/sw.ts'),
      },
      output: {
        // One file for what every page needs: many small ones cost more in requests than they save.
        codeSplitting: {
          groups: [
            {
              name: 'shop',
              test: /node_modules\/(?!.*\/(repeat|directive|directive-helpers)\.js)|src\/(lib\/(?!filters|reviews|catalogue|me|merge|way-back|loaded|field-reason)|brand|routes|text\/en\.|views\/shell|elements\/(page|shop-(app|search|settings|toasts)))|parts\/(card|picture|stars|states|icon|crumbs|adding)/,
            },
          ],
        },
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
})
