import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const MINUTE = 60_000;
let sessionId: typeof import('./session').sessionId;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  localStorage.clear();
  await loadPage();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function loadPage(): Promise<void> {
  vi.resetModules();
  ({ sessionId } = await import('./session'));
}

test('a session lasts over reloads while it is used', async () => {
  const first = sessionId();
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  for (let i = 0; i < 4; i++) {
    vi.advanceTimersByTime(20 * MINUTE);
    await loadPage();
    expect(sessionId()).toBe(first);
  }
});

test('half an hour without use begins a new session, in the same page and after a reload', async () => {
  const first = sessionId();
  vi.advanceTimersByTime(30 * MINUTE);
  const second = sessionId();
  expect(second).not.toBe(first);
  vi.advanceTimersByTime(31 * MINUTE);
  await loadPage();
  expect([first, second]).not.toContain(sessionId());
});

test('a clock that was set back by days begins a new session', () => {
  const first = sessionId();
  vi.setSystemTime(Date.UTC(2029, 11, 20));
  expect(sessionId()).not.toBe(first);
});

test.each(['<script>', 'x', `${'a'.repeat(32)} 99999999999999999999`, ''])(
  'a stored value %j that is no session is replaced',
  (value) => {
    localStorage.setItem('webstore.session-id', value);
    expect(sessionId()).toMatch(/^[0-9a-f]{32}$/);
  },
);

test('without storage the session lasts as long as the page', async () => {
  vi.stubGlobal('localStorage', undefined);
  const first = sessionId();
  expect(sessionId()).toBe(first);
  await loadPage();
  expect(sessionId()).not.toBe(first);
});

test('denied storage, whose getter throws, is no error', () => {
  const getter = vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(sessionId()).toBe(sessionId());
  expect(getter).toHaveBeenCalled();
});

test('full storage is no error', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  expect(sessionId()).toBe(sessionId());
});
