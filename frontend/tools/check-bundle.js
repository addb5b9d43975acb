/**
 * npm run size: what the built front end weighs, and whether it may.
 *
 * The budgets are for the whole of a kind, so that no split into chunks hides weight.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const KIB = 1024;
const BUDGETS_KIB = { shop: 120, late: 50 };
/** Words in URLs that the lists of ad blockers stop. */
const BLOCKED = /collect|track|analytic|telemetry|beacon|metric|\brum\b|sentry|pixel/i;

const root = new URL('../', import.meta.url);
const failures = [];

const sizes = { shop: 0, late: 0 };
const scripts = readdirSync(new URL('build/', root), { recursive: true }).filter((name) =>
  name.endsWith('.js'),
);
for (const name of scripts) {
  const size = gzipSync(readFileSync(new URL(`build/${name}`, root)), { level: 9 }).length;
  sizes[/^assets\/late-/.test(name) ? 'late' : 'shop'] += size;
  if (BLOCKED.test(name)) failures.push(`${name}: ad blockers would stop it`);
}
for (const [kind, budget] of Object.entries(BUDGETS_KIB)) {
  console.log(`${kind}: ${(sizes[kind] / KIB).toFixed(1)} of ${budget} KiB gzipped`);
  if (sizes[kind] === 0) failures.push(`${kind}: there is no such chunk`);
  if (sizes[kind] > budget * KIB) failures.push(`${kind}: more than ${budget} KiB gzipped`);
}

/** A second copy is loaded twice, and its classes are not those that the first one knows. */
const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
const copies = Object.groupBy(
  Object.keys(lock.packages).filter((path) => path.includes('node_modules/@opentelemetry/')),
  (path) => path.slice(path.lastIndexOf('@opentelemetry/')),
);
for (const [name, paths] of Object.entries(copies)) {
  if (paths.length > 1) failures.push(`${name}: ${paths.length} copies, ${paths.join(', ')}`);
}
for (const name of ['api', 'api-logs', 'core']) {
  if (!copies[`@opentelemetry/${name}`]) failures.push(`@opentelemetry/${name}: not in package-lock.json`);
}

for (const failure of failures) console.error(failure);
process.exitCode = failures.length ? 1 : 0;
