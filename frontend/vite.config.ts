import react from '@vitejs/plugin-react';
import { defaultClientMainFields } from 'vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  // Vite's default, repeated for vitest: the exporters have one variant for browsers and one for Node.
  resolve: { mainFields: [...defaultClientMainFields] },
  build: {
    outDir: 'build',
    // Every browser with the features that the code uses has module preload: no polyfill.
    modulePreload: { polyfill: false },
    // Pictures stay files: the content security policy is simpler and they are cached apart.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // A neutral name: ad blockers stop scripts whose URL says what this one does.
        chunkFileNames: ({ name }) => `assets/${name === 'sdk' ? 'late' : '[name]'}-[hash].js`,
      },
    },
  },
  // `npm run dev`: the running stack's nginx stands in for the rest.
  server: { proxy: { '/api': 'http://127.0.0.1:3001', '/otlp': 'http://127.0.0.1:3001' } },
  test: {
    environment: 'jsdom',
    // One jsdom for each worker: making one takes longer than all tests of a file.
    pool: 'vmThreads',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 30_000,
    // Resolved by Vite and not by Node, for the same reason as above.
    server: { deps: { inline: [/@opentelemetry/] } },
  },
});
