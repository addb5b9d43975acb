import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'build',
    // Every browser with the features that the code uses has module preload: no polyfill.
    modulePreload: { polyfill: false },
    // Pictures stay files: the content security policy is simpler and they are cached apart.
    assetsInlineLimit: 0,
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
  },
});
