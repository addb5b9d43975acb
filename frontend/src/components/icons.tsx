/** Decorative icons; each is next to a text. */

function Icon({ path }: { path: string }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export const CartIcon = () => (
  <Icon path="M3 4h2l2.4 11.2a1 1 0 0 0 1 .8h8.9a1 1 0 0 0 1-.8L20 8H6.2M9.5 20.2h.01M17 20.2h.01" />
);
export const UserIcon = () => <Icon path="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20a7.5 7.5 0 0 1 15 0" />;
export const OrdersIcon = () => <Icon path="M6 3h12v18l-3-2-3 2-3-2-3 2V3Zm3.500 5h5M9.500 12h5" />;
export const TraceIcon = () => <Icon path="M3 6h9M7 12h11M11 18h10" />;
export const SearchIcon = () => (
  <Icon path="M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5.200-1.800L20.500 20.500" />
);
export const CheckIcon = () => <Icon path="M5 12.500 10 17.500 19.500 7" />;
export const AlertIcon = () => <Icon path="M12 8v5m0 3.500v.01M12 3 2.500 20h19L12 3Z" />;
export const QuestionIcon = () => (
  <Icon path="M9 9a3 3 0 1 1 4.200 2.750c-.800.350-1.200.900-1.200 1.750v.500m0 3v.01M12 21.500a9.500 9.500 0 1 0 0-19 9.500 9.500 0 0 0 0 19Z" />
);
export const CardIcon = () => <Icon path="M3 6.500h18v11H3v-11Zm0 3.500h18M6.500 14.500h3" />;
export const WalletIcon = () => (
  <Icon path="M4 7.500h15a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-11a1.500 1.500 0 0 1 1.500-1.500H16M16 13h.01" />
);
