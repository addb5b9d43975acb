import { Server, ServerCredentials, status } from '@grpc/grpc-js';

const PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

/** @typedef {keyof typeof PATHS} Signal */

/**
 * Takes OTLP over gRPC as a collector does, and keeps the messages as they came over the wire.
 * @param {import('node:test').TestContext} t
 * @param {{ rejects?: boolean }} [options] rejects: every export fails, and is not worth a retry
 */
export async function startReceiver(t, { rejects = false } = {}) {
  /** @type {Record<Signal, Buffer[]>} */
  const received = { traces: [], metrics: [], logs: [] };
  const server = new Server();
  t.after(() => server.forceShutdown());
  for (const [signal, path] of Object.entries(PATHS)) {
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      /** @param {Buffer} bytes */
      requestDeserialize: (bytes) => bytes,
      requestSerialize: Buffer.from,
      responseSerialize: () => Buffer.alloc(0), // an empty message: all accepted
      responseDeserialize: Buffer.from,
    };
    server.addService(
      { export: method },
      {
        /** @type {import('@grpc/grpc-js').handleUnaryCall<Buffer, object>} */
        export: (call, answer) => {
          received[/** @type {Signal} */ (signal)].push(call.request);
          answer(rejects ? { code: status.INVALID_ARGUMENT } : null, {});
        },
      },
    );
  }
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param {Signal} signal */
    bytes: (signal) => Buffer.concat(received[signal]),
    /** @param {Signal} signal */
    exports: (signal) => received[signal].length,
  };
}
