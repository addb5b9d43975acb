import { emit, errorType, MAX_VALUE_LENGTH } from './records';
import { routeTemplate, toTemplate } from './routes';
import { sessionId } from './session';
import { isError, originOf } from './spans';

interface Exception {
  type: string;
  message: string;
  stack: string;
}

/** One page's share: with stacks, ten records are about what one request to the collector may hold. */
const MAX_REPORTS = 10;
/** So that one error in a loop does not use up the page's share. */
const MAX_REPEATS = 3;
const MAX_MESSAGE_LENGTH = 1024;

const EXTENSION = /^(?:chrome|moz|ms-browser|safari|safari-web)-extension:|^webkit-masked-url:/;

const reported = new WeakSet<object>();
const repeats = new Map<string, number>();
let reports = 0;

/**
 * Reports an error that the shop did not handle. It never throws.
 *
 * @param route the route's pattern, where the caller knows it better than the address bar does
 * @param source the script's URL where the browser reports it
 */
export function reportError(error: unknown, route?: string, source = ''): void {
  if (seenBefore(error)) return;
  const exception = describe(error);
  if (isHarmless(exception, source) || !withinLimits(exception)) return;
  const template = route === undefined ? routeTemplate() : toTemplate(route);
  emit({
    type: 'event',
    name: 'exception',
    time: Date.now(),
    severity: 'error',
    attributes: {
      'exception.type': errorType(exception.type),
      'exception.message': exception.message,
      'exception.stacktrace': exception.stack,
      'session.id': sessionId(),
      ...(template && { 'url.template': template }),
    },
    span: originOf(error),
  });
}

/** React, the router and the window may all report the same error. */
function seenBefore(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (reported.has(error)) return true;
  reported.add(error);
  return false;
}

function withinLimits({ type, message }: Exception): boolean {
  const key = `${type} ${message}`;
  const count = repeats.get(key) ?? 0;
  if (reports >= MAX_REPORTS || count >= MAX_REPEATS) return false;
  repeats.set(key, count + 1);
  reports += 1;
  return true;
}

/** Not the shop's errors: the browser's own notices, cancelled requests, scripts of other origins. */
function isHarmless({ type, message, stack }: Exception, source: string): boolean {
  return (
    type === 'AbortError' ||
    message.startsWith('ResizeObserver loop') ||
    message.startsWith('Script error') ||
    EXTENSION.test(source) ||
    EXTENSION.test(firstFrame(stack))
  );
}

/** The URL of the script that threw, in the stacks of V8 (`at f (URL)`) and of the other engines (`f@URL`). */
function firstFrame(stack: string): string {
  return /^(?:\s+at\s.*?\(?|[^\n]*@)([\w-]+:\/\/\S*)/m.exec(stack)?.[1] ?? '';
}

/** Anything can be thrown, even what throws when it is read. */
function describe(error: unknown): Exception {
  try {
    return isError(error) ? describeError(error) : { ...describeValue(error), stack: '' };
  } catch {
    return { type: '_OTHER', message: 'unreadable', stack: '' };
  }
}

function describeError(error: Error): Exception {
  const message = redact(String(error.message), MAX_MESSAGE_LENGTH);
  // V8's stacks begin with the message: a long one would leave no room for the frames.
  const stack = (error.stack ?? '').replace(error.message, () => message);
  return { type: String(error.name), message, stack: redact(stack, MAX_VALUE_LENGTH) };
}

/** Of an object the names of its fields alone: the values may be a customer's. */
function describeValue(value: unknown): Omit<Exception, 'stack'> {
  if (typeof value !== 'object' || value === null) {
    return {
      type: value === null ? 'null' : typeof value,
      message: redact(String(value), MAX_MESSAGE_LENGTH),
    };
  }
  const keys = Object.keys(value).slice(0, 10).join(', ');
  return {
    type: value.constructor.name,
    message: redact(`object with ${keys || 'no fields'}`, MAX_MESSAGE_LENGTH),
  };
}

/** Cut, and without query strings and fragments, also those without a URL in front: they hold tokens. */
function redact(text: string, length: number): string {
  return text
    .slice(0, length)
    .replace(/(\/[^\s?#"'()]*)[?#][^\s"'()]*?((?::\d+){0,2})(?=[\s"'()]|$)/g, '$1$2')
    .replace(/[?&#][\w.%~-]+=[^\s"'()]*/g, '');
}
