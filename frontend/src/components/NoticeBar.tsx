import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'react-router';
import { useStore } from '../storage/useStore';
import { afterNavigation, dismissNotice, notices } from './notices';
import { TraceLink } from './TraceLink';

/** The live region is always present: screen readers may not announce one that appears together with its text. */
export function NoticeBar() {
  const notice = useStore(notices);
  const { key } = useLocation();
  const shownOn = useRef(key);
  useEffect(() => {
    if (shownOn.current !== key) afterNavigation();
    shownOn.current = key;
  }, [key]);
  return (
    <div className="notice-bar" role="status">
      {notice && (
        <div className="notice notice-floating">
          <p>{notice.text}</p>
          <TraceLink traceId={notice.traceId} of="the error" />
          <div className="notice-actions">
            {notice.link && <Link to={notice.link.to}>{notice.link.text}</Link>}
            <button className="button-plain" type="button" onClick={dismissNotice}>
              Dismiss
            </button>
          </div>
        </div>
      )}
    </div>
  );
}
