import type { ReactNode } from 'react';

/** A page's title and heading. The layout moves focus to the heading after a navigation. */
export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="page">
      <title>{`${title} · webstore`}</title>
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </div>
  );
}
