import { useEffect, useRef, type ReactNode } from 'react';

/** The heading of something that has just appeared: focus goes there, or it would be lost with what was there before. */
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
