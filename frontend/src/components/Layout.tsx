import { useEffect, useRef } from 'react';
import { Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { Footer } from './Footer';
import { Header } from './Header';
import { NoticeBar } from './NoticeBar';

export function Layout() {
  const navigation = useNavigation();
  useHeadingFocus();
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <Header />
      <div className="progress" data-active={navigation.state !== 'idle'} aria-hidden="true" />
      <main id="content" tabIndex={-1} aria-busy={navigation.state !== 'idle'}>
        <Outlet />
      </main>
      <NoticeBar />
      <Footer />
      <ScrollRestoration />
    </>
  );
}

/**
 * Moves the focus to the heading of a new page, so that a screen reader announces it and the keyboard starts at its top.
 * Also when a page is opened again and the button with the focus has disappeared, but not on the first page.
 */
function useHeadingFocus(): void {
  const { key, pathname } = useLocation();
  const shown = useRef({ key, pathname });
  useEffect(() => {
    const before = shown.current;
    shown.current = { key, pathname };
    const hasLostFocus = before.key !== key && document.activeElement === document.body;
    if (before.pathname === pathname && !hasLostFocus) return;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [key, pathname]);
}
