/** Settings of the deployment, read at run time so that one build serves all deployments. */

import { inMemory } from './storage/persisted';

export interface Config {
  grafanaUrl: string;
  /** The documentation of the API. */
  docsUrl: string;
  version: string;
}

/** Used by `npm run dev`, where there is no nginx. The ports are the defaults of docker-compose.yml. */
const FALLBACK: Config = {
  grafanaUrl: 'http://localhost:3000',
  docsUrl: 'http://localhost:8000/docs',
  version: 'dev',
};

export const config = inMemory<Config>(FALLBACK);

/** Nothing depends on its success. */
export async function loadConfig(): Promise<void> {
  try {
    const response = await fetch('/config.json', { signal: AbortSignal.timeout(5_000) });
    if (response.ok) config.set(configOf(await response.json()));
  } catch {
    // The links keep the default ports.
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
