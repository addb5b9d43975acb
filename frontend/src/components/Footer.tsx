import { lastTrace } from '../actions/run';
import { config } from '../config';
import { useStore } from '../storage/useStore';
import { TraceLink } from './TraceLink';

export function Footer() {
  const { grafanaUrl, docsUrl, version } = useStore(config);
  const traceId = useStore(lastTrace);
  return (
    <footer className="footer">
      <div className="footer-inner">
        <div>
          <p className="footer-title">webstore</p>
          <p className="muted">
            A demo shop that exists to be observed. Nothing is delivered, and no card is ever charged.
          </p>
          <p className="muted">{`Version ${version}`}</p>
        </div>
        <nav aria-label="Observability">
          <p className="footer-title">Observability</p>
          <ul>
            <li>
              <a href={`${grafanaUrl}/dashboards`} target="_blank" rel="noreferrer">
                Dashboards in Grafana<span className="visually-hidden"> (opens in a new tab)</span>
              </a>
            </li>
            <li>
              <a href={docsUrl} target="_blank" rel="noreferrer">
                API documentation<span className="visually-hidden"> (opens in a new tab)</span>
              </a>
            </li>
          </ul>
        </nav>
        <div className="footer-trace">
          <p className="footer-title">Your last action</p>
          <p className="muted">Each click is one trace, from this browser to the payment provider.</p>
          <TraceLink traceId={traceId} of="your last action" />
        </div>
      </div>
    </footer>
  );
}
