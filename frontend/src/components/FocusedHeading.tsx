import { useEffect, useRef, type ReactNode } from 'react';

/** The heading of new content. It takes the focus, which would be lost with the content that it replaces. */
export function FocusedHeading({ level, children }: { level: 1 | 2; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const Heading = `h${level}` as const;
  return (
    <Heading ref={heading} tabIndex={-1}>
      {children}
    </Heading>
  );
}
