/** Links to Grafana. */

const HOUR = 3600 * 1000; // milliseconds

/** Explore with one trace. `at` is its ISO 8601 time; by default the time range is the last hour. */
export function traceUrl(grafanaUrl: string, traceId: string, at?: string): string {
  const source = { type: 'tempo', uid: 'tempo' };
  const pane = {
    datasource: source.uid,
    queries: [{ refId: 'A', datasource: source, query: traceId, queryType: 'traceql' }],
    range: rangeAround(at),
  };
  const query = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ webstore: pane }) });
  return `${grafanaUrl}/explore?${query.toString()}`;
}

function rangeAround(at: string | undefined): { from: string; to: string } {
  const time = at ? Date.parse(at) : NaN;
  if (Number.isNaN(time)) return { from: 'now-1h', to: 'now' };
  return { from: String(time - HOUR), to: String(time + HOUR) };
}
