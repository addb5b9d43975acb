import { expect, test, vi } from 'vitest';
import { config, configOf, loadConfig } from './config';

const FALLBACK = { grafanaUrl: 'http://localhost:3000', version: 'dev' };

test('deployment’s values are taken', () => {
  expect(configOf({ grafanaUrl: 'https://grafana.test/root/', version: '1.2.3' })).toMatchObject({
    grafanaUrl: 'https://grafana.test/root',
    version: '1.2.3',
  });
});

test.each([null, [], 'x', { grafanaUrl: 'javascript:alert(1)', version: 3 }, { grafanaUrl: '/grafana' }])(
  '%j leaves the defaults',
  (document) => {
    expect(configOf(document)).toMatchObject(FALLBACK);
  },
);

test.each([
  ['page of a development server', new Response('<!doctype html>')],
  ['error', new Response('', { status: 503 })],
])('%s instead of the configuration leaves the defaults', async (_, response) => {
  vi.stubGlobal('fetch', () => Promise.resolve(response));
  await loadConfig();
  expect(config.get()).toMatchObject(FALLBACK);
});
