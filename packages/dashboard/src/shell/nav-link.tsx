import { Link, type LinkProps } from '@tanstack/react-router';

/** A tab: current on its own page, and with `below` on all pages under it. */
export function NavLink({
  to,
  below = false,
  children,
}: {
  to: NonNullable<LinkProps['to']>;
  below?: boolean;
  children: string | null;
}) {
  return (
    <Link to={to} className="tab" activeOptions={{ exact: !below, includeSearch: false }}>
      {children}
    </Link>
  );
}
