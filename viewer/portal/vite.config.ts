/** The portal's build: two entries, the portal (Ant Design) and the ward page (without it), for browsers from Chrome 109 on. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

/** `PORTAL_UPSTREAM=http://127.0.0.1:8080 npx vite viewer/portal` develops against a running archive. */
const upstream = process.env.PORTAL_UPSTREAM

export default defineConfig({
  root,
  base: '/portal/',
  plugins: [react()],
  build: {
    target: 'chrome109',
    outDir: 'dist',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: join(root, 'index.html'), ward: join(root, 'ward.html') } },
  },
  server: upstream ? { proxy: { '^/(api|dicomweb|viewer)': { target: upstream } } } : {},
})
