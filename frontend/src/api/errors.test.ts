import { expect, test } from 'vitest';
import { html, problem, SERVER_TRACE_ID, TRACE_ID } from '../testing/fakeShop';
import { errorOf, secondsToWait } from './errors';

async function errorFrom(response: Response) {
  return errorOf(response, await response.text(), TRACE_ID);
}

test('problem document is read with its trace and order', async () => {
  const error = await errorFrom(
    problem(402, 'payment-declined', 'Your card was declined.', { order_id: 17 }),
  );
  expect(error).toMatchObject({
    kind: 'problem',
    status: 402,
    problem: 'payment-declined',
    detail: 'Your card was declined.',
    traceId: SERVER_TRACE_ID,
    orderId: 17,
  });
});

test.each([
  ['HTML of a proxy', html(502)],
  ['empty body', new Response('', { status: 502 })],
  ['cut JSON', new Response('{"type":"urn:webstore:pro', { status: 502 })],
  ['JSON that is no object', new Response('"no"', { status: 502 })],
  ['document of another API', new Response('{"type":"about:blank","detail":"x"}', { status: 502 })],
])('%s is unreadable, with the trace of the request', async (_, response) => {
  expect(await errorFrom(response)).toMatchObject({
    kind: 'unreadable',
    status: 502,
    detail: '',
    traceId: TRACE_ID,
  });
});

test('trace ID that is none is not shown', async () => {
  const error = await errorFrom(problem(500, 'internal-error', 'x', { trace_id: '<script>' }));
  expect(error.traceId).toBe(TRACE_ID);
});

test.each([
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['7', 7],
  ['0', 0],
  ['86400', 600],
  ['Sat, 28 Nov 2026 10:00:30 GMT', 30],
  ['Sat, 28 Nov 2026 09:00:00 GMT', 0],
])('Retry-After %j is %j seconds', (header, seconds) => {
  expect(secondsToWait(header, Date.parse('2026-11-28T10:00:00Z'))).toBe(seconds);
});
