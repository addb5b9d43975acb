import { expect, test } from 'vitest';
import { traceUrl } from './grafana';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

interface Pane {
  datasource: string;
  queries: { query: string; queryType: string; datasource: { type: string; uid: string } }[];
  range: { from: string; to: string };
}

function paneOf(url: string): Pane {
  const panes = JSON.parse(new URL(url).searchParams.get('panes') ?? '') as { webstore: Pane };
  return panes.webstore;
}

test('link opens the trace in Explore', () => {
  const url = traceUrl('http://grafana.test/root', TRACE_ID);
  expect(url.startsWith('http://grafana.test/root/explore?schemaVersion=1&panes=')).toBe(true);
  expect(paneOf(url)).toMatchObject({
    datasource: 'tempo',
    queries: [{ query: TRACE_ID, queryType: 'traceql', datasource: { type: 'tempo', uid: 'tempo' } }],
    range: { from: 'now-1h', to: 'now' },
  });
});

test('link to an older trace shows its time', () => {
  const { from, to } = paneOf(traceUrl('http://grafana.test', TRACE_ID, '2026-11-28T10:00:00Z')).range;
  const at = Date.parse('2026-11-28T10:00:00Z');
  expect(Number(from)).toBeLessThan(at);
  expect(Number(to)).toBeGreaterThan(at);
});
