import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { portFromEnvironment, seedFromEnvironment } from './config.js';
import { startTelemetry } from './telemetry/index.js';
import { exceptionAttributes } from './telemetry/outcome.js';

/** @import { Service } from './server.js' */

// Together below the 10 s after which container engines kill.
const DRAIN_MS = 2500;
const CLOSE_MS = 6000;

/**
 * Runs one simulated third party until SIGTERM or SIGINT.
 * @param {object} service
 * @param {string} service.name default of service.name
 * @param {string} service.version
 * @param {number} service.defaultPort where PORT is not set
 * @param {() => Promise<Service>} service.load imports the service's module
 */
export async function run({ name, version, defaultPort, load }) {
  const port = portFromEnvironment(defaultPort);
  const seed = seedFromEnvironment();
  const telemetry = await startTelemetry({ name, version });
  const { logger } = telemetry;
  const { createServer } = await import('./server.js'); // only now: telemetry patches http before its first use
  const app = createServer(await load(), { logger, seed });

  closeWithGrace({ delay: CLOSE_MS }, async ({ err, signal }) => {
    if (err) {
      logger.error({ 'event.name': 'service.crashed', ...exceptionAttributes(err) }, err.message);
    }
    logger.info({ 'event.name': 'service.stopping', signal }, 'Stopping');
    await Promise.race([app.close(), sleep(DRAIN_MS)]);
    await telemetry.shutdown();
  });

  await app.listen({ host: '0.0.0.0', port });
  const address = /** @type {import('node:net').AddressInfo} */ (app.server.address());
  logger.info(
    { 'event.name': 'service.started', 'server.port': address.port, 'random.seed': seed },
    'Listening',
  );
}
