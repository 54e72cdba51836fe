/** A sentence in which `<b>…</b>` marks what matters most. Nothing else of it is markup, wherever its parts came from. */
export function Said({ children }: { children: string }) {
  const parts = children.split(/<b>(.*?)<\/b>/);
  return parts.map((part, i) => (i % 2 === 1 ? <b key={i}>{part}</b> : part));
}
