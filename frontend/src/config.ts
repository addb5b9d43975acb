/** What the deployment decides, read at run time: one build serves every installation. */

import { inMemory } from './storage/persisted';

export interface Config {
  grafanaUrl: string;
  /** The API's own documentation. */
  docsUrl: string;
  version: string;
}

/** Also what `npm run dev` uses, where there is no nginx. The ports are those of docker-compose.yml. */
const FALLBACK: Config = {
  grafanaUrl: 'http://localhost:3000',
  docsUrl: 'http://localhost:8000/docs',
  version: 'dev',
};

export const config = inMemory<Config>(FALLBACK);

/** Nothing waits for it, and nothing fails with it. */
export async function loadConfig(): Promise<void> {
  try {
    const response = await fetch('/config.json', { signal: AbortSignal.timeout(5_000) });
    if (response.ok) config.set(configOf(await response.json()));
  } catch {
    // The links then lead to the default ports.
  }
}

export function configOf(document: unknown): Config {
  const { grafanaUrl, docsUrl, version } = (document ?? {}) as Partial<Record<keyof Config, unknown>>;
  return {
    grafanaUrl: httpUrl(grafanaUrl) ?? FALLBACK.grafanaUrl,
    docsUrl: httpUrl(docsUrl) ?? FALLBACK.docsUrl,
    version: typeof version === 'string' && version ? version : FALLBACK.version,
  };
}

/** Without a slash at the end. */
function httpUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url && ['http:', 'https:'].includes(url.protocol) ? url.href.replace(/\/+$/, '') : undefined;
}
