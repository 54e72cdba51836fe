export function NavLink(props: { to: string; current: boolean; go: (path: string) => void; children: string }) {
  const { to, current, go, children } = props;
  return (
    <a
      href={to}
      className="tab"
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
