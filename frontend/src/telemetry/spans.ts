import { randomHex } from './ids';
import {
  emit,
  errorType,
  MAX_ATTRIBUTES,
  MAX_VALUE_LENGTH,
  type Attributes,
  type SpanIds,
  type SpanRecord,
} from './records';

type Clock = () => number;

const open = new Set<Span>();
const origins = new WeakMap<object, SpanIds>();

/** A span that is still open; its record leaves when it ends. */
export class Span implements SpanIds {
  readonly traceId: string;
  readonly spanId = randomHex(8);
  readonly #now: Clock;
  readonly #start: number;
  readonly #attributes: Attributes = {};
  readonly #fixed: Pick<SpanRecord, 'name' | 'kind' | 'parentSpanId'>;

  constructor(name: string, kind: SpanRecord['kind'], attributes: Attributes, parent?: Span) {
    this.traceId = parent?.traceId ?? randomHex(16);
    this.#now = parent ? parent.#now : startClock();
    this.#start = this.#now();
    this.#fixed = { name, kind, parentSpanId: parent?.spanId };
    open.add(this);
    for (const [key, value] of Object.entries(attributes)) this.set(key, value);
  }

  get kind(): SpanRecord['kind'] {
    return this.#fixed.kind;
  }

  get traceparent(): string {
    return `00-${this.traceId}-${this.spanId}-01`;
  }

  set(key: string, value: string | number): void {
    if (!open.has(this)) return;
    if (!(key in this.#attributes) && Object.keys(this.#attributes).length >= MAX_ATTRIBUTES) return;
    this.#attributes[key] = typeof value === 'string' ? value.slice(0, MAX_VALUE_LENGTH) : value;
  }

  /** Only the first call counts. With `error`, the kind of failure, the span has failed. */
  end(error?: string): void {
    if (error !== undefined) this.set('error.type', errorType(error));
    if (!open.delete(this)) return;
    const { traceId, spanId } = this;
    emit({
      type: 'span',
      ...this.#fixed,
      traceId,
      spanId,
      start: this.#start,
      end: this.#now(),
      attributes: this.#attributes,
      failed: error !== undefined,
    });
  }
}

/** Remembers in which span an error began: it is often reported when that span is over. */
export function rememberOrigin(error: unknown, { traceId, spanId }: SpanIds): void {
  if (isError(error)) origins.set(error, { traceId, spanId });
}

/** The span in which an error began, else the action that the user started last and that is still going on. */
export function originOf(error: unknown): SpanIds | undefined {
  return origins.get(error as object) ?? [...open].findLast((span) => span.kind === 'internal');
}

/** By its form: an error of another frame is no `instanceof Error`, and in some places neither is a `DOMException`. */
export function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}

/** One clock a trace: a wall clock that is set meanwhile changes no duration, and children stay inside their parent. */
function startClock(): Clock {
  const offset = Date.now() - performance.now();
  return () => offset + performance.now();
}

// A page that is left would take its open spans with it, and the services' spans would have no parent. The SDK's
// listener, which sends them, is added later and so runs after this one.
addEventListener('pagehide', () => {
  for (const span of [...open].reverse()) span.end();
});
