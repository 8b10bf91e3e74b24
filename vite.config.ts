import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Writes each file compressed as well, so that the server never does it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    generateBundle(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        // A style alone makes an empty script beside it.
        if (file.type === 'chunk' && file.code.trim() === '') continue
        const source = file.type === 'chunk' ? file.code : file.source
        const emit = (extension: string, content: Buffer): string =>
          this.emitFile({ type: 'asset', fileName: fileName + extension, source: content })
        emit('.gz', gzipSync(source, { level: 9 }))
        emit('.br', brotliCompressSync(source))
      }
    },
  }
}

// The script and the style of the pages, into dist/ui/static. Their names have a hash of their content.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/ui/static',
    assetsDir: '',
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { ui: 'src/ui/main.ts', style: 'src/ui/style.css' },
      output: {
        entryFileNames: '[name].[hash].js',
        assetFileNames: '[name].[hash][extname]',
      },
    },
  },
  plugins: [compressed()],
})
