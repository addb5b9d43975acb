import { config } from '../config';
import { traceUrl } from '../grafana';
import { useStore } from '../storage/useStore';
import { TraceIcon } from './icons';

interface Props {
  traceId: string | null | undefined;
  /** What the trace shows. Screen readers list links without the text around them. */
  of: string;
  /** ISO 8601 time of the trace; by default now. */
  at?: string;
}

/** Renders nothing without a trace ID: older orders have none. */
export function TraceLink({ traceId, of, at }: Props) {
  const { grafanaUrl } = useStore(config);
  if (!traceId) return null;
  return (
    <a className="trace-link" href={traceUrl(grafanaUrl, traceId, at)} target="_blank" rel="noreferrer">
      <TraceIcon />
      <span>
        Trace <span className="visually-hidden">{`of ${of} `}</span>
        <code>{traceId}</code>
        <span className="visually-hidden"> (opens Grafana in a new tab)</span>
      </span>
    </a>
  );
}
