import { exceptionAttributes } from './outcome.js';

/** @import { Logger } from 'pino' */

const FLUSH_INTERVAL_MS = 10_000;
const disabled = { shutdown: async () => {} };

/**
 * Pushes CPU, wall-clock and heap profiles of the whole process to PYROSCOPE_SERVER_ADDRESS, if that is set.
 * The profiler is a native module: where it has no build for the platform the service runs without it.
 * @param {string} serviceName
 * @param {Logger} logger
 * @returns {Promise<{ shutdown: () => Promise<void> }>}
 */
export async function startProfiler(serviceName, logger) {
  const serverAddress = process.env.PYROSCOPE_SERVER_ADDRESS;
  if (!serverAddress) return disabled;
  try {
    const { init, start, stop } = await import('@pyroscope/nodejs'); // here, as it takes memory
    init({
      serverAddress,
      appName: serviceName,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      wall: { collectCpuTime: true },
    });
    start();
    return { shutdown: stop };
  } catch (error) {
    logger.warn(
      { 'event.name': 'profiler.unavailable', ...exceptionAttributes(error) },
      'No profiles of this service',
    );
    return disabled;
  }
}
