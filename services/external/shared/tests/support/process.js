import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));

/** @typedef {Record<string, any> & { message: string }} LogLine */

/**
 * Starts a third party the way users do, on a free port.
 * @param {import('node:test').TestContext} t
 * @param {string} service
 * @param {Record<string, string>} [environment]
 */
export async function startProcess(t, service, environment) {
  const child = spawn(process.execPath, [`${service}/index.js`], {
    cwd: WORKSPACE,
    env: { PATH: process.env.PATH, PORT: '0', RANDOM_SEED: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  /** @type {LogLine[]} */
  const lines = [];
  const output = createInterface({ input: child.stdout });
  const port = await new Promise((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(JSON.parse(line));
      if (lines.at(-1)?.['event.name'] === 'service.started') resolve(lines.at(-1)?.['server.port']);
    });
    exit.then(() => reject(new Error('The process ended before it listened')), reject);
  });
  const url = `http://127.0.0.1:${port}`;

  /**
   * @param {'GET' | 'POST' | 'PUT'} method
   * @param {string} path
   * @param {object} [body]
   * @param {Record<string, string>} [headers]
   */
  async function call(method, path, body, headers) {
    const response = await fetch(url + path, {
      method,
      body: body && JSON.stringify(body),
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    });
    return { status: response.status, body: /** @type {any} */ (await response.json()) };
  }

  /**
   * Resolves as soon as the process works on the request.
   * @param {string} path
   * @param {object} body
   * @param {Record<string, string>} [headers]
   * @returns {Promise<{ status: Promise<number | undefined> }>} rejected when there is no response
   */
  async function begin(path, body, headers) {
    const json = { 'content-type': 'application/json', expect: '100-continue' };
    const post = request(url + path, { method: 'POST', headers: { ...json, ...headers } });
    const status = once(post, 'response').then(([response]) => response.resume().statusCode);
    status.catch(() => {}); // the test awaits it later
    await once(post, 'continue'); // the process has read the head
    post.end(JSON.stringify(body));
    await call('GET', '/health'); // sent after the body, so that the process has read that too
    return { status };
  }

  /** @returns {Promise<number | null>} the exit code after SIGTERM */
  async function stop() {
    child.kill('SIGTERM');
    const [code] = await exit;
    return code;
  }

  async function kill() {
    child.kill('SIGKILL');
    await exit;
  }

  return { begin, call, kill, lines, port, stop };
}
